import { useState } from "react";
import { Icon } from "~/components/Icon";
import { Loading } from "~/components/State";
import { type FilterField, fromWhere, parseValue, toWhere, useFilterFields } from "~/data/filters";
import type { Json } from "~/data/json";
import type { Kind } from "~/data/kinds";

const WORDS: Record<string, string> = {
  eq: "is",
  ne: "is not",
  in: "is one of",
  notIn: "is none of",
  lt: "is less than",
  lte: "is at most",
  gt: "is greater than",
  gte: "is at least",
  exists: "has a value",
  startsWith: "starts with",
  contains: "contains",
};

interface FilterBuilderProps {
  kind: Kind;
  where: Json | undefined;
  onApply: (where: Json | undefined) => void;
}

/** Adds conditions one by one; whoever wants more writes the argument `where` itself. */
export function FilterBuilder({ kind, where, onApply }: FilterBuilderProps) {
  const fields = useFilterFields(kind, true);
  const [path, setPath] = useState("");
  const [operator, setOperator] = useState("");
  const [text, setText] = useState("");
  if (!fields) return <Loading what="Reading what can be asked for" />;
  const field =
    fields.find(one => one.path === path) ?? fields.find(one => one.path.startsWith("spec.")) ?? fields[0];
  if (!field) return <p className="muted">Nothing can be asked for here.</p>;
  const chosen = field.operators.find(({ name }) => name === operator) ?? field.operators[0]!;
  const conditions = fromWhere(where);
  const add = () => {
    const choices = choicesOf(field, chosen);
    const said = choices && !choices.includes(text) ? choices[0]! : text;
    const value = chosen.name === "exists" ? said === "true" : parseValue(said, chosen.type, chosen.isList);
    onApply(toWhere([...(conditions ?? []), { path: field.path, operator: chosen.name, value }]));
    setText("");
  };
  return (
    <form
      className="card body filter-builder"
      onSubmit={event => {
        event.preventDefault();
        add();
      }}
    >
      <div className="row">
        <select
          className="input"
          aria-label="Field"
          value={field.path}
          onChange={event => setPath(event.target.value)}
        >
          {fields.map(one => (
            <option key={one.path}>{one.path}</option>
          ))}
        </select>
        <select
          className="input"
          aria-label="Operator"
          value={chosen.name}
          onChange={event => setOperator(event.target.value)}
        >
          {field.operators.map(({ name }) => (
            <option key={name} value={name}>
              {WORDS[name] ?? name}
            </option>
          ))}
        </select>
        <ValueInput field={field} operator={chosen} text={text} onChange={setText} />
        <button type="submit" className="button primary">
          <Icon name="plus" /> Add condition
        </button>
      </div>
      <details>
        <summary>Write the argument “where” as JSON</summary>
        <WhereText where={where} onApply={onApply} />
      </details>
    </form>
  );
}

interface ValueInputProps {
  field: FilterField;
  operator: FilterField["operators"][number];
  text: string;
  onChange: (text: string) => void;
}

function ValueInput({ field, operator, text, onChange }: ValueInputProps) {
  const choices = choicesOf(field, operator);
  if (choices) {
    const value = choices.includes(text) ? text : choices[0]!;
    return (
      <select
        className="input"
        aria-label="Value"
        value={value}
        onChange={event => onChange(event.target.value)}
      >
        {choices.map(one => (
          <option key={one}>{one}</option>
        ))}
      </select>
    );
  }
  return (
    <input
      className="input"
      aria-label="Value"
      placeholder={operator.isList ? "values, with commas" : operator.type}
      value={text}
      spellCheck={false}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** Returns the values that one can choose from, undefined where there are too many to say. */
function choicesOf(field: FilterField, operator: FilterField["operators"][number]): string[] | undefined {
  if (operator.type === "Boolean") return ["true", "false"];
  return field.values.length > 0 && !operator.isList ? field.values : undefined;
}

function WhereText({ where, onApply }: Pick<FilterBuilderProps, "where" | "onApply">) {
  const [text, setText] = useState(() => JSON.stringify(where ?? {}, null, 2));
  const [error, setError] = useState("");
  const apply = () => {
    try {
      const value = JSON.parse(text) as Json;
      setError("");
      onApply(value && Object.keys(value).length ? value : undefined);
    } catch (problem) {
      setError(String(problem));
    }
  };
  return (
    <div className="stack-small">
      <textarea
        className="input mono"
        aria-label="where as JSON"
        rows={5}
        value={text}
        spellCheck={false}
        onChange={event => setText(event.target.value)}
      />
      {error && <p className="note bad">{error}</p>}
      <button type="button" className="button" onClick={apply}>
        Apply
      </button>
    </div>
  );
}
