import type { FieldProps } from "@rjsf/utils";
import { useEffect, useState } from "react";
import { isEqual, type Json, stringifyJson } from "~/data/json";
import { parseText } from "../documents";

/** A place whose schema says nothing that fields could be made of: its value as YAML or JSON. */
export function JsonField({ formData, onChange, fieldPathId, schema, name, required, disabled }: FieldProps) {
  const value = formData as Json | undefined;
  const [text, setText] = useState(() => textOf(value));
  const [wrong, setWrong] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a value from elsewhere replaces what is typed
  useEffect(() => {
    const typed = text.trim() ? parseText(text).value : undefined;
    if (!isEqual(typed, value)) setText(textOf(value));
  }, [value]);
  const type = (typed: string) => {
    setText(typed);
    const { value: parsed, problems } = typed.trim() ? parseText(typed) : { value: undefined, problems: [] };
    setWrong(problems[0]?.message ?? "");
    if (!problems.length) onChange(parsed, fieldPathId.path);
  };
  const id = fieldPathId.$id;
  return (
    <div className={wrong ? "field wrong" : "field"}>
      <label className="field-label" htmlFor={id}>
        {schema.title ?? name}
        {required && <span className="required"> required</span>} <span className="muted">any value</span>
      </label>
      <textarea
        id={id}
        className="input mono"
        rows={Math.min(10, Math.max(2, text.split("\n").length))}
        value={text}
        disabled={disabled}
        spellCheck={false}
        onChange={event => type(event.target.value)}
      />
      {schema.description && <p className="field-description">{schema.description}</p>}
      {wrong && <p className="field-error">{wrong}</p>}
    </div>
  );
}

function textOf(value: Json | undefined): string {
  return value === undefined ? "" : stringifyJson(value, 2);
}
