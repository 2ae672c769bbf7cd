import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { routes } from "~/app/routes";
import { toast } from "~/app/toasts";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { type RawDefinition, useDefinition } from "~/data/definition";
import { Refused } from "~/data/errors";
import { at, isObject, type JsonObject } from "~/data/json";
import { type Kind, kindsStore } from "~/data/kinds";
import { useResource } from "~/data/resource";
import type { Raw } from "~/data/rows";
import { useStore } from "~/data/store";
import { draftOf } from "~/data/writing";
import { useDraft } from "~/editors/useDraft";
import { ConflictPanel } from "./ConflictPanel";
import { FormPane } from "./FormPane";
import { useRebase } from "./useRebase";
import { useVerdict } from "./useVerdict";
import { VerdictLine } from "./VerdictLine";

const CodeEditor = lazy(() => import("~/editors/CodeEditor"));

interface ResourceEditorProps {
  kind: string;
  namespace?: string | undefined;
  name?: string;
}

/** Creates a resource, or changes one: a form and its text side by side. */
export default function ResourceEditor({ kind: kindName, namespace, name }: ResourceEditorProps) {
  const { phase, kinds } = useStore(kindsStore);
  const kind = kinds.get(kindName);
  const definition = useDefinition(kindName);
  if (phase === "loading") return <Loading what="Reading kinds" />;
  if (!kind?.names.create) return <State icon="empty" title={`There is no kind ${kindName}`} />;
  if (definition.error && !definition.value) return <ErrorState error={definition.error} />;
  if (!definition.value) return <Loading what="Reading the definition" />;
  if (name === undefined)
    return <Editor kind={kind} definition={definition.value} base={undefined} newest={undefined} />;
  return <Existing kind={kind} definition={definition.value} namespace={namespace} name={name} />;
}

interface ExistingProps {
  kind: Kind;
  definition: RawDefinition;
  namespace: string | undefined;
  name: string;
}

function Existing({ kind, definition, namespace, name }: ExistingProps) {
  const { phase, raw, error } = useResource(kind, namespace, name);
  const [first, setFirst] = useState<Raw>();
  if (raw && !first) setFirst(raw);
  if (phase === "failed") return <ErrorState error={error} />;
  if (phase === "loading") return <Loading what={`Reading ${name}`} />;
  if (!raw || !first) return <State icon="empty" title={`There is no ${kind.kind} ${name}`} />;
  return <Editor kind={kind} definition={definition} base={first} newest={phase === "absent" ? null : raw} />;
}

interface EditorProps {
  kind: Kind;
  definition: RawDefinition;
  /** What was there when editing began; undefined for a new resource. */
  base: Raw | undefined;
  /** What is there now; null where it has been deleted. */
  newest: Raw | null | undefined;
}

const VIEWS = ["both", "form", "text"] as const;

function Editor({ kind, definition, base: first, newest }: EditorProps) {
  const [, navigate] = useLocation();
  const draft = useDraft(first ? draftOf(first) : emptyDraft(kind));
  const { base, conflicts, resolve, notice } = useRebase(first, newest, draft);
  const { verdict, writer } = useVerdict(kind, base, draft);
  const [view, setView] = useState<(typeof VIEWS)[number]>("both");
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<unknown>();
  const isBlocked = isSaving || !draft.isReadable || conflicts.length > 0 || newest === null;
  const save = useCallback(async () => {
    setSaving(true);
    setError(undefined);
    try {
      if (base) await writer.update(base, draft.value, { dryRun: false });
      else await writer.create(draft.value, { dryRun: false });
      const { name, namespace } = identityOf(draft.value, kind);
      toast(`${name} is ${base ? "saved" : "created"}`);
      navigate(routes.resource(kind.name, namespace, name));
    } catch (problem) {
      // A conflict is merged as soon as the watch brings what is new.
      if (!(problem instanceof Refused && problem.code === "CONFLICT")) setError(problem);
      setSaving(false);
    }
  }, [base, draft.value, kind, navigate, writer]);
  useSaveKey(() => !isBlocked && void save());
  const back = first
    ? routes.resource(kind.name, first.metadata.namespace, first.metadata.name)
    : routes.list(kind.name);
  return (
    <div className="page-body fill">
      <PageHead
        title={first ? `Edit ${first.metadata.name}` : `Create ${kind.kind}`}
        below={kind.group || undefined}
        actions={
          <>
            <fieldset className="segments" aria-label="What is shown">
              {VIEWS.map(one => (
                <button key={one} type="button" aria-pressed={view === one} onClick={() => setView(one)}>
                  {one === "both" ? "Both" : one === "form" ? "Form" : "Text"}
                </button>
              ))}
            </fieldset>
            <Link className="button" href={back}>
              Cancel
            </Link>
            <button type="button" className="button primary" disabled={isBlocked} onClick={() => void save()}>
              {first ? "Save" : "Create"}
            </button>
          </>
        }
      />
      {newest === null && (
        <p className="note bad">It has been deleted meanwhile: there is nothing to save to.</p>
      )}
      {notice && <p className="note">{notice}</p>}
      {conflicts.length > 0 && <ConflictPanel conflicts={conflicts} onResolve={resolve} />}
      <VerdictLine verdict={verdict} error={error} isReadable={draft.isReadable} />
      <div className={`panes ${view}`}>
        <FormPane kind={kind} definition={definition} draft={draft} faults={verdict.faults} isNew={!first} />
        <section className="card pane text-pane">
          <header>
            <h2>{draft.language.toUpperCase()}</h2>
            <button
              type="button"
              className="button small"
              disabled={!draft.isReadable}
              onClick={() => draft.setLanguage(draft.language === "yaml" ? "json" : "yaml")}
            >
              As {draft.language === "yaml" ? "JSON" : "YAML"}
            </button>
          </header>
          <Suspense fallback={<Loading what="Loading the editor" />}>
            <CodeEditor
              label={`The resource as ${draft.language.toUpperCase()}`}
              language={draft.language}
              value={draft.text}
              onChange={draft.setText}
              diagnostics={draft.diagnosticsOf(verdict.faults)}
            />
          </Suspense>
        </section>
      </div>
    </div>
  );
}

/** Ctrl or Cmd with S or Enter saves, wherever the cursor is. */
function useSaveKey(save: () => void): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || (event.key !== "s" && event.key !== "Enter")) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function emptyDraft(kind: Kind): JsonObject {
  const metadata: JsonObject = kind.scope === "CLUSTER" ? { name: "" } : { name: "", namespace: "default" };
  return { metadata, spec: {} };
}

function identityOf(draft: JsonObject, kind: Kind): { name: string; namespace: string | undefined } {
  const metadata = isObject(draft["metadata"]) ? draft["metadata"] : {};
  const namespace = kind.scope === "CLUSTER" ? undefined : String(at(metadata, "namespace") ?? "default");
  return { name: String(metadata["name"] ?? ""), namespace };
}
