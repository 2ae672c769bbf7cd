import { lazy, Suspense, useState } from "react";
import { Loading } from "~/components/State";
import type { RawDefinition } from "~/data/definition";
import { isObject, type Json, type JsonObject } from "~/data/json";
import type { Kind } from "~/data/kinds";
import type { Fault } from "~/data/writing";
import { sizeOf } from "~/editors/form/prepare";
import type { DraftState } from "~/editors/useDraft";
import { MetadataForm } from "./MetadataForm";

const SchemaForm = lazy(() => import("~/editors/form/SchemaForm"));

/** Schemas with more subschemas are shown as a form only to those who ask for it. */
const LARGE = 3_000;

interface FormPaneProps {
  kind: Kind;
  definition: RawDefinition;
  draft: DraftState;
  faults: readonly Fault[];
  isNew: boolean;
}

/** The draft as forms: metadata, spec, and extra fields. */
export function FormPane({ kind, definition, draft, faults, isNew }: FormPaneProps) {
  const extra = isObject(definition.spec["extraFields"]) ? definition.spec["extraFields"] : {};
  const sections: [string, Json][] = Object.entries(extra);
  const { schema } = definition.spec;
  if (schema !== undefined && schema !== null) sections.unshift(["spec", schema]);
  const set = (name: string, value: Json | undefined) => {
    const { [name]: _, ...rest } = draft.value;
    draft.setValue(value === undefined ? rest : inOrder({ ...draft.value, [name]: value }));
  };
  return (
    <section className="card pane form-pane">
      <header>
        <h2>Form</h2>
        {!draft.isReadable && <span className="badge warn">The text cannot be read</span>}
      </header>
      <div className="body stack">
        <MetadataForm
          kind={kind}
          draft={draft}
          faults={within(faults, "metadata")}
          isNew={isNew}
          onChange={set}
        />
        {sections.map(([name, sectionSchema]) => (
          <SectionForm
            key={name}
            name={name}
            schema={sectionSchema}
            value={draft.value[name]}
            faults={within(faults, name)}
            disabled={!draft.isReadable}
            onChange={value => set(name, value)}
          />
        ))}
      </div>
    </section>
  );
}

interface SectionFormProps {
  name: string;
  schema: Json;
  value: Json | undefined;
  faults: readonly Fault[];
  disabled: boolean;
  onChange: (value: Json | undefined) => void;
}

function SectionForm({ name, schema, ...rest }: SectionFormProps) {
  const [isWanted, setWanted] = useState(() => sizeOf(schema) < LARGE);
  return (
    <div>
      <h3 className="section-name">{name}</h3>
      {isWanted ? (
        <Suspense fallback={<Loading what="Loading the form" />}>
          <SchemaForm schema={schema} {...rest} />
        </Suspense>
      ) : (
        <div className="stack-small">
          <p className="muted">
            This schema is very large: as a form it takes a while. The text is always at hand.
          </p>
          <button type="button" className="button" onClick={() => setWanted(true)}>
            Show the form
          </button>
        </div>
      )}
    </div>
  );
}

/** Returns the faults of one section, with pointers into it. */
function within(faults: readonly Fault[], section: string): Fault[] {
  const prefix = `/${section}`;
  return faults
    .filter(({ path }) => path === prefix || path.startsWith(`${prefix}/`))
    .map(({ path, message }) => ({ path: path.slice(prefix.length), message }));
}

/** Keeps metadata first and spec second, as people write them. */
function inOrder(draft: JsonObject): JsonObject {
  const { metadata, spec, ...rest } = draft;
  return {
    ...(metadata === undefined ? {} : { metadata }),
    ...(spec === undefined ? {} : { spec }),
    ...rest,
  };
}
