import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Icon } from "./Icon";

const FLASH_MILLISECONDS = 1_800;

export interface GridColumn<Row> {
  key: string;
  label: string;
  /** A track of CSS grid, such as `minmax(160px, 2fr)`. */
  width: string;
  numeric?: boolean;
  render: (row: Row) => ReactNode;
  /** What sorting by it does now; absent where it cannot be sorted by. */
  sort?: { direction: "ascending" | "descending" | "none"; toggle: () => void };
}

interface VirtualGridProps<Row> {
  label: string;
  columns: readonly GridColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Rows that exist, also those that are not loaded. */
  total?: number;
  /** When a row was last changed before one's eyes, in milliseconds; such a row lights up. */
  touchedAt?: (row: Row) => number;
  onEnd?: () => void;
  onVisible?: (rows: readonly Row[]) => void;
}

/** A table of any number of rows, of which only those in sight are in the document. */
export function VirtualGrid<Row>(props: VirtualGridProps<Row>) {
  const { label, columns, rows, keyOf, total = rows.length, onEnd, onVisible } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: index => keyOf(rows[index]!),
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured again where their height is another
  useEffect(() => {
    virtual.measure();
  }, [rowHeight]);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd?.();
  }, [last, rows.length, onEnd]);
  useEffect(() => {
    onVisible?.(rows.slice(first, last + 1));
  }, [first, last, rows, onVisible]);
  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(" ") };
  return (
    <div className="grid" ref={scroller} tabIndex={0} role="region" aria-label={label}>
      <div className="grid-inner" role="table" aria-label={label} aria-rowcount={total + 1}>
        <div role="rowgroup">
          <div className="grid-row grid-head" role="row" aria-rowindex={1} style={template} tabIndex={-1}>
            {columns.map(column => (
              <HeadCell key={column.key} column={column} />
            ))}
          </div>
        </div>
        <div className="grid-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map(item => (
            <GridRow
              key={item.key}
              {...props}
              row={rows[item.index]!}
              index={item.index}
              top={item.start}
              template={template}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

function HeadCell<Row>({ column: { label, numeric, sort } }: { column: GridColumn<Row> }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the button inside is what is focused
    <div
      role="columnheader"
      aria-sort={sort?.direction}
      className={numeric ? "grid-cell number" : "grid-cell"}
    >
      {sort ? (
        <button type="button" onClick={sort.toggle}>
          <span className="truncate">{label}</span>
          {sort.direction !== "none" && <Icon name={sort.direction === "ascending" ? "up" : "down"} />}
        </button>
      ) : (
        label
      )}
    </div>
  );
}

interface GridRowProps<Row> extends VirtualGridProps<Row> {
  row: Row;
  index: number;
  top: number;
  template: { gridTemplateColumns: string };
}

function GridRow<Row>({ columns, row, index, top, template, touchedAt }: GridRowProps<Row>) {
  const touched = touchedAt?.(row) ?? 0;
  const isFresh = Date.now() - touched < FLASH_MILLISECONDS;
  return (
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      className={isFresh ? "grid-row flash" : "grid-row"}
      style={{ ...template, transform: `translateY(${top}px)` }}
      key={touched}
    >
      {columns.map(({ key, numeric, render }) => (
        <div key={key} role="cell" className={numeric ? "grid-cell number" : "grid-cell"}>
          {render(row)}
        </div>
      ))}
    </div>
  );
}

/** The height of a row as the design tokens have it, which is more where one points with a finger. */
function useRowHeight(): number {
  const [height, setHeight] = useState(40);
  useEffect(() => {
    const query = matchMedia("(pointer: coarse)");
    const read = () => setHeight(query.matches ? 48 : 40);
    read();
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  return height;
}
