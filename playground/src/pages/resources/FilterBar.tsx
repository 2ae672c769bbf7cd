import { useEffect, useState } from "react";
import { Icon } from "~/components/Icon";
import { fromWhere, toWhere } from "~/data/filters";
import type { Kind } from "~/data/kinds";
import { FilterBuilder } from "./FilterBuilder";
import type { TableState } from "./tableState";

interface FilterBarProps {
  kind: Kind;
  table: TableState;
  namespaces: readonly string[];
}

/** Namespace, labels and conditions, each of them in the address. */
export function FilterBar({ kind, table, namespaces }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  const conditions = fromWhere(table.where);
  return (
    <div className="filter-bar">
      <div className="row">
        {kind.scope !== "CLUSTER" && (
          <Field
            label="Namespace"
            placeholder="All namespaces"
            value={table.namespace ?? ""}
            suggestions={namespaces}
            onCommit={ns => table.set({ ns })}
          />
        )}
        <Field
          label="Label selector"
          placeholder="Labels: tier=data,!old"
          value={table.labels ?? ""}
          onCommit={labels => table.set({ labels })}
        />
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name="filter" /> Filter
        </button>
        {table.isFiltered && (
          <button type="button" className="button quiet" onClick={table.clear}>
            Clear
          </button>
        )}
      </div>
      {conditions && conditions.length > 0 && (
        <ul className="row" aria-label="Conditions">
          {conditions.map((condition, index) => (
            <li key={index} className="badge info">
              <span className="mono">
                {condition.path} {condition.operator} {JSON.stringify(condition.value)}
              </span>
              <button
                type="button"
                className="chip-close"
                aria-label={`Remove ${condition.path} ${condition.operator}`}
                onClick={() => {
                  const where = toWhere(conditions.filter((_, other) => other !== index));
                  table.set({ where: where && JSON.stringify(where) });
                }}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {open && (
        <FilterBuilder
          kind={kind}
          where={table.where}
          onApply={where => table.set({ where: where === undefined ? undefined : JSON.stringify(where) })}
        />
      )}
    </div>
  );
}

interface FieldProps {
  label: string;
  placeholder: string;
  value: string;
  suggestions?: readonly string[];
  onCommit: (value: string) => void;
}

/** A text that counts when one has finished with it: on Enter, or on leaving. */
function Field({ label, placeholder, value, suggestions, onCommit }: FieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const id = `suggestions-${label.replace(/\W/g, "")}`;
  return (
    <>
      <input
        className="input"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        list={suggestions ? id : undefined}
        spellCheck={false}
        autoComplete="off"
        onChange={event => setText(event.target.value)}
        onBlur={() => text.trim() !== value && onCommit(text.trim())}
        onKeyDown={event => event.key === "Enter" && onCommit(text.trim())}
      />
      {suggestions && (
        <datalist id={id}>
          {suggestions.map(suggestion => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </>
  );
}
