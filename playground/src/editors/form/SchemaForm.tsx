import RjsfForm, { getDefaultRegistry } from "@rjsf/core";
import type { ErrorSchema, FieldProps, RegistryWidgetsType, RJSFSchema, WidgetProps } from "@rjsf/utils";
import { useMemo } from "react";
import type { Json } from "~/data/json";
import type { Fault } from "~/data/writing";
import { JsonField } from "./JsonField";
import { matcher } from "./matching";
import { AS_JSON, prepare } from "./prepare";
import { templates } from "./templates";

interface SchemaFormProps {
  schema: Json;
  value: Json | undefined;
  faults: readonly Fault[];
  onChange: (value: Json | undefined) => void;
  disabled?: boolean;
}

/** A form for a value of a JSON Schema. */
export default function SchemaForm({ schema, value, faults, onChange, disabled = false }: SchemaFormProps) {
  const prepared = useMemo(() => prepare(schema), [schema]);
  const errors = useMemo(() => errorsOf(faults), [faults]);
  return (
    <RjsfForm
      tagName="div"
      className="schema-form"
      schema={prepared}
      formData={value}
      validator={matcher}
      extraErrors={errors}
      onChange={({ formData }) => onChange(tidy(formData as Json | undefined))}
      templates={templates}
      fields={{ SchemaField }}
      widgets={widgets}
      disabled={disabled}
      idPrefix="form"
      noHtml5Validate
      showErrorList={false}
      experimental_defaultFormStateBehavior={{
        emptyObjectFields: "skipDefaults",
        allOf: "skipDefaults",
        arrayMinItems: { populate: "never" },
      }}
    >
      <span />
    </RjsfForm>
  );
}

const Default = getDefaultRegistry().fields["SchemaField"]!;

function SchemaField(props: FieldProps) {
  return (props.schema as Record<string, unknown>)[AS_JSON] ? (
    <JsonField {...props} />
  ) : (
    <Default {...props} />
  );
}

const widgets: RegistryWidgetsType = {
  TextWidget,
  URLWidget: TextWidget,
  EmailWidget: TextWidget,
  DateTimeWidget: TextWidget,
  DateWidget: TextWidget,
  TimeWidget: TextWidget,
  UpDownWidget: TextWidget,
  SelectWidget,
  CheckboxWidget,
};

function TextWidget({ id, value, onChange, schema, disabled, readonly, rawErrors, required }: WidgetProps) {
  const isNumber = schema.type === "integer" || schema.type === "number";
  const placeholder = schema.default === undefined ? schema.format : `${String(schema.default)} (default)`;
  return (
    <input
      id={id}
      className="input"
      inputMode={isNumber ? "decimal" : "text"}
      value={value === undefined || value === null ? "" : String(value)}
      placeholder={placeholder}
      disabled={disabled || readonly}
      aria-invalid={Boolean(rawErrors?.length)}
      aria-required={required}
      spellCheck={false}
      autoComplete="off"
      onChange={event => onChange(isNumber ? numberOf(event.target.value) : event.target.value || undefined)}
    />
  );
}

/** What is no number is passed on as it is: the server says so at its place. */
function numberOf(text: string): number | string | undefined {
  if (text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) && !/[.eE]0*$/.test(text) ? number : text;
}

function SelectWidget({ id, value, onChange, options, disabled, schema }: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const chosen = choices.findIndex(choice => choice.value === value);
  return (
    <select
      id={id}
      className="input"
      disabled={disabled}
      value={chosen}
      onChange={event => onChange(choices[Number(event.target.value)]?.value)}
    >
      <option value={-1}>{schema.default === undefined ? "–" : `${String(schema.default)} (default)`}</option>
      {choices.map(({ label }, index) => (
        <option key={label} value={index}>
          {label}
        </option>
      ))}
    </select>
  );
}

function CheckboxWidget({ id, value, onChange, schema, disabled, label }: WidgetProps) {
  return (
    <>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        disabled={disabled}
        value={String(value ?? "")}
        onChange={event => onChange(event.target.value === "" ? undefined : event.target.value === "true")}
      >
        <option value="">{schema.default === undefined ? "–" : `${String(schema.default)} (default)`}</option>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    </>
  );
}

/** Takes away what the library leaves behind for fields that were emptied. */
function tidy(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map(item => tidy(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const kept = tidy(item);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(entries);
}

function errorsOf(faults: readonly Fault[]): ErrorSchema {
  const root: ErrorSchema = {};
  for (const { path, message } of faults) {
    let here = root as Record<string, ErrorSchema>;
    for (const step of path.split("/").slice(1)) {
      const key = step.replace(/~1/g, "/").replace(/~0/g, "~");
      here[key] ??= {};
      here = here[key] as Record<string, ErrorSchema>;
    }
    const target = here as { __errors?: string[] };
    target.__errors = [...(target.__errors ?? []), message];
  }
  return root;
}

export type { RJSFSchema };
