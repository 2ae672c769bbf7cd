import { Link } from "wouter";
import { routes } from "~/app/routes";
import { toneOf } from "~/components/Conditions";
import { Age } from "~/components/Time";
import type { GridColumn } from "~/components/VirtualGrid";
import type { Json } from "~/data/json";
import type { Kind } from "~/data/kinds";
import { type Orders, orderKey } from "~/data/orders";
import type { Row } from "~/data/rows";
import type { TableState } from "./tableState";

/** Returns the columns of a kind's table: its name, those of the definition, and its age. */
export function columnsOf(
  kind: Kind,
  table: TableState,
  orders: Orders,
  withState: boolean,
): GridColumn<Row>[] {
  const sort = (path: string) => sortOf(path, table, orders);
  const hasReady = kind.columns.every(({ path }) => !path.includes("conditions"));
  const columns: (GridColumn<Row> | false)[] = [
    {
      key: "name",
      label: "Name",
      width: "minmax(170px, 2fr)",
      ...sort("metadata.name"),
      render: row => (
        <Link className="name" href={routes.resource(kind.name, row.namespace, row.name)}>
          {row.name}
        </Link>
      ),
    },
    kind.scope !== "CLUSTER" && {
      key: "namespace",
      label: "Namespace",
      width: "minmax(110px, 1fr)",
      render: row => <span className="muted">{row.namespace}</span>,
    },
    ...kind.columns
      .map((column, index) => ({ column, index }))
      .filter(({ column }) => column.path !== "metadata.createdAt")
      .map(({ column: { name, path, type }, index }): GridColumn<Row> => {
        const numeric = type === "integer" || type === "number";
        return {
          key: `${index} ${path}`,
          label: name,
          width: numeric ? "minmax(90px, 0.6fr)" : "minmax(120px, 1.3fr)",
          numeric,
          ...sort(path.replace(/^[$.]+/, "")),
          render: row => <Cell value={row.cells[index] ?? null} type={type} />,
        };
      }),
    withState && {
      key: "state",
      label: "State",
      width: "minmax(110px, 1fr)",
      render: row => <RowState row={row} withReady={hasReady} />,
    },
    {
      key: "age",
      label: "Age",
      width: "84px",
      ...sort("metadata.createdAt"),
      render: row => <Age time={row.createdAt} />,
    },
  ];
  return columns.filter(column => column !== false);
}

function sortOf(path: string, table: TableState, orders: Orders): Pick<GridColumn<Row>, "sort"> {
  if (!orders.has(orderKey(path, false))) return {};
  const { sort, set } = table;
  const isSorted = sort?.path === path;
  const next = !isSorted ? path : sort.descending ? undefined : `-${path}`;
  return {
    sort: {
      direction: !isSorted ? "none" : sort.descending ? "descending" : "ascending",
      toggle: () => set({ sort: next }),
    },
  };
}

/** A value as text, whatever it is: nothing that a resource holds is ever markup. */
export function Cell({ value, type }: { value: Json; type: string | null }) {
  if (value === null) return <span className="muted">–</span>;
  if (type === "date" && typeof value === "string") return <Age time={value} />;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return <span title={text}>{text}</span>;
}

function RowState({ row, withReady }: { row: Row; withReady: boolean }) {
  if (row.deleting) return <span className="badge warn">Being deleted</span>;
  if (!withReady || !row.ready) return <span className="muted">–</span>;
  const { type, status, reason, message } = row.ready;
  return (
    <span className={`badge ${toneOf(row.ready)}`} title={message ?? reason ?? ""}>
      {status === "True" ? type : `Not ${type.toLowerCase()}`}
    </span>
  );
}
