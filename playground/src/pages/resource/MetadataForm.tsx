import { useEffect, useId, useState } from "react";
import { isObject, type Json, type JsonObject } from "~/data/json";
import type { Kind } from "~/data/kinds";
import type { Fault } from "~/data/writing";
import type { DraftState } from "~/editors/useDraft";

interface MetadataFormProps {
  kind: Kind;
  draft: DraftState;
  faults: readonly Fault[];
  isNew: boolean;
  onChange: (section: "metadata", value: Json) => void;
}

/** What a resource is called, and its labels. The rest of metadata is for the text. */
export function MetadataForm({ kind, draft, faults, isNew, onChange }: MetadataFormProps) {
  const metadata: JsonObject = isObject(draft.value["metadata"]) ? draft.value["metadata"] : {};
  const set = (name: string, value: Json | undefined) => {
    const { [name]: _, ...rest } = metadata;
    onChange("metadata", value === undefined ? rest : { ...metadata, [name]: value });
  };
  const text = (name: string) => (typeof metadata[name] === "string" ? metadata[name] : "");
  const faultOf = (name: string) => faults.find(({ path }) => path.startsWith(`/${name}`))?.message;
  const disabled = !draft.isReadable;
  return (
    <div className="fields">
      <Field
        label="Name"
        value={text("name")}
        fault={faultOf("name")}
        required
        disabled={disabled || !isNew}
        onChange={value => set("name", value)}
      />
      {kind.scope !== "CLUSTER" && (
        <Field
          label="Namespace"
          value={text("namespace")}
          fault={faultOf("namespace")}
          disabled={disabled || !isNew}
          onChange={value => set("namespace", value || undefined)}
        />
      )}
      <Labels
        labels={isObject(metadata["labels"]) ? metadata["labels"] : {}}
        fault={faultOf("labels")}
        disabled={disabled}
        onChange={labels => set("labels", Object.keys(labels).length ? labels : undefined)}
      />
    </div>
  );
}

interface FieldProps {
  label: string;
  value: string;
  fault: string | undefined;
  required?: boolean;
  disabled: boolean;
  onChange: (value: string) => void;
}

function Field({ label, value, fault, required = false, disabled, onChange }: FieldProps) {
  const id = useId();
  return (
    <div className={fault ? "field wrong" : "field"}>
      <label className="field-label" htmlFor={id}>
        {label}
        {required && <span className="required"> required</span>}
      </label>
      <input
        id={id}
        className="input"
        value={value}
        disabled={disabled}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={fault !== undefined}
        onChange={event => onChange(event.target.value)}
      />
      {fault && <p className="field-error">{fault}</p>}
    </div>
  );
}

interface LabelsProps {
  labels: JsonObject;
  fault: string | undefined;
  disabled: boolean;
  onChange: (labels: JsonObject) => void;
}

/** Labels as one line, `tier=data, team=web`. */
function Labels({ labels, fault, disabled, onChange }: LabelsProps) {
  const [text, setText] = useState(() => lineOf(labels));
  useEffect(() => {
    setText(typed => (lineOf(parsed(typed)) === lineOf(labels) ? typed : lineOf(labels)));
  }, [labels]);
  return (
    <Field
      label="Labels"
      value={text}
      fault={fault}
      disabled={disabled}
      onChange={typed => {
        setText(typed);
        onChange(parsed(typed));
      }}
    />
  );
}

function lineOf(labels: JsonObject): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(", ");
}

function parsed(text: string): JsonObject {
  const pairs = text
    .split(",")
    .map(pair => pair.trim())
    .filter(pair => pair.includes("="));
  return Object.fromEntries(
    pairs.map(pair => [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()]),
  );
}
