import { type ReactNode, useState } from "react";
import { isObject, type Json } from "~/data/json";

const PAGE = 100;
const OPEN_LEVELS = 2;
const MAX_TEXT = 2_000;

interface ValueTreeProps {
  value: Json;
  /** JSON pointers of what has just changed. */
  changed?: readonly string[];
  path?: string;
  level?: number;
}

/** A value as a tree whose branches are made when they are opened, so that any size and depth can be shown. */
export function ValueTree({ value, changed = [], path = "", level = 0 }: ValueTreeProps) {
  const entries = entriesOf(value);
  const [shown, setShown] = useState(PAGE);
  if (!entries) return <Leaf value={value} />;
  if (!entries.length) return <span className="muted">{Array.isArray(value) ? "[ ]" : "{ }"}</span>;
  return (
    <ul className="tree">
      {entries.slice(0, shown).map(([key, child]) => {
        const at = `${path}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`;
        return <Branch key={key} name={key} value={child} path={at} changed={changed} level={level} />;
      })}
      {entries.length > shown && (
        <li>
          <button type="button" className="button small" onClick={() => setShown(shown + PAGE * 5)}>
            Show more of {entries.length.toLocaleString()}
          </button>
        </li>
      )}
    </ul>
  );
}

interface BranchProps extends Required<ValueTreeProps> {
  name: string;
}

function Branch({ name, value, path, changed, level }: BranchProps) {
  const entries = entriesOf(value);
  const [open, setOpen] = useState(level < OPEN_LEVELS && (entries?.length ?? 0) <= 30);
  const isChanged = changed.some(one => one === path || one.startsWith(`${path}/`));
  const className = isChanged ? "flash" : undefined;
  // Another change makes another element, so that the animation begins anew.
  const key = isChanged ? changed.join() : undefined;
  if (!entries?.length) {
    return (
      <li className={className} key={key}>
        <span className="tree-key">{name}</span> <ValueTree value={value} />
      </li>
    );
  }
  return (
    <li>
      <button type="button" className="tree-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={className} key={key}>
          <span className="tree-key">{name}</span>
          {!open && <Summary value={value} count={entries.length} />}
        </span>
      </button>
      {open && <ValueTree value={value} path={path} changed={changed} level={level + 1} />}
    </li>
  );
}

function Summary({ value, count }: { value: Json; count: number }): ReactNode {
  return <span className="muted"> {Array.isArray(value) ? `[${count}]` : `{${count}}`}</span>;
}

function Leaf({ value }: { value: Json }) {
  const [whole, setWhole] = useState(false);
  if (value === null) return <span className="muted">null</span>;
  if (typeof value !== "string") return <span className={`tree-${typeof value}`}>{String(value)}</span>;
  const isLong = value.length > MAX_TEXT && !whole;
  return (
    <span className="tree-string">
      {value === "" ? (
        <span className="muted">(empty text)</span>
      ) : isLong ? (
        `${value.slice(0, MAX_TEXT)}…`
      ) : (
        value
      )}
      {isLong && (
        <button type="button" className="button small" onClick={() => setWhole(true)}>
          Show all {value.length.toLocaleString()} characters
        </button>
      )}
    </span>
  );
}

function entriesOf(value: Json): [string, Json][] | undefined {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item]);
  return isObject(value) ? Object.entries(value) : undefined;
}
