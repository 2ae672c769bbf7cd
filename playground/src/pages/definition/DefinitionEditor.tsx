import { Tab, TabList, TabPanel, TabProvider } from "@ariakit/react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import { routes } from "~/app/routes";
import { toast } from "~/app/toasts";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { TypeGraph } from "~/components/TypeGraph";
import { type RawDefinition, useDefinition } from "~/data/definition";
import type { JsonObject } from "~/data/json";
import { writeDefinition } from "~/data/judging";
import { completeDefinition } from "~/editors/completing";
import { type DraftState, useDraft } from "~/editors/useDraft";
import { ImportDialog } from "./ImportDialog";
import { SdlPreview } from "./SdlPreview";
import { useDefinitionVerdict } from "./useDefinitionVerdict";
import { VerdictPanel } from "./VerdictPanel";

const CodeEditor = lazy(() => import("~/editors/CodeEditor"));

/** Defines a kind, or changes one, with the server's word on it as one types. */
export default function DefinitionEditor({ name }: { name?: string }) {
  return name === undefined ? <Editor base={undefined} /> : <Existing name={name} />;
}

function Existing({ name }: { name: string }) {
  const { value, error } = useDefinition(name);
  const [first, setFirst] = useState<RawDefinition>();
  if (value && !first) setFirst(value);
  if (error && !value) return <ErrorState error={error} />;
  if (value === undefined) return <Loading what="Reading the definition" />;
  if (!value || !first) return <State icon="empty" title={`There is no kind ${name}`} />;
  return <Editor base={first} newest={value} />;
}

const TEMPLATE: JsonObject = {
  kind: "Endpoint",
  description: "Somewhere to send requests.",
  schema: {
    type: "object",
    required: ["host"],
    properties: {
      host: { type: "string", description: "DNS name or address.", minLength: 1 },
      port: { type: "integer", minimum: 1, maximum: 65535, default: 443 },
      tls: { type: "boolean", default: true },
    },
  },
  columns: [
    { name: "Host", path: "spec.host", type: "string" },
    { name: "Port", path: "spec.port", type: "integer" },
  ],
};

interface EditorProps {
  base: RawDefinition | undefined;
  newest?: RawDefinition;
}

function Editor({ base, newest }: EditorProps) {
  const [, navigate] = useLocation();
  const draft = useDraft(base ? (base.spec as JsonObject) : TEMPLATE);
  const [allowBreaking, setAllowBreaking] = useState(false);
  const [isImporting, setImporting] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const verdict = useDefinitionVerdict(base, draft, allowBreaking);
  const isStale = base !== undefined && newest?.metadata.generation !== base.metadata.generation;
  const save = async () => {
    setSaving(true);
    try {
      const { name } = await writeDefinition(base, draft.value, { dryRun: false, allowBreaking });
      toast(base ? `${name} is changed` : `${name} is defined`);
      navigate(base ? routes.kind(name) : routes.list(name));
    } catch (error) {
      toast(String(error instanceof Error ? error.message : error), "bad");
      setSaving(false);
    }
  };
  return (
    <div className="page-body fill">
      <PageHead
        title={base ? `Edit ${base.metadata.name}` : "Define a kind"}
        actions={
          <>
            <button type="button" className="button" onClick={() => setImporting(true)}>
              <Icon name="download" /> Import
            </button>
            <Link className="button" href={base ? routes.kind(base.metadata.name) : routes.kinds}>
              Cancel
            </Link>
            <button
              type="button"
              className="button primary"
              disabled={isSaving || isStale || !draft.isReadable || verdict.state === "refused"}
              onClick={() => void save()}
            >
              {base ? "Apply the change" : "Define the kind"}
            </button>
          </>
        }
      />
      {isStale && (
        <p className="note warn">
          Somebody else has changed this definition meanwhile. Copy what you need, and{" "}
          <button type="button" className="button small" onClick={() => location.reload()}>
            begin again with theirs
          </button>
        </p>
      )}
      <div className="panes both">
        <section className="card pane text-pane">
          <header>
            <h2>Definition</h2>
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
              label={`The definition as ${draft.language.toUpperCase()}`}
              language={draft.language}
              value={draft.text}
              onChange={draft.setText}
              completion={completeDefinition}
              diagnostics={draft.diagnosticsOf(verdict.faults)}
            />
          </Suspense>
        </section>
        <Consequences
          draft={draft}
          base={base}
          verdict={verdict}
          allowBreaking={allowBreaking}
          onAllowBreaking={setAllowBreaking}
        />
      </div>
      {isImporting && (
        <ImportDialog
          onClose={() => setImporting(false)}
          onImport={spec => {
            draft.setValue(spec);
            setImporting(false);
          }}
        />
      )}
    </div>
  );
}

interface ConsequencesProps {
  draft: DraftState;
  base: RawDefinition | undefined;
  verdict: ReturnType<typeof useDefinitionVerdict>;
  allowBreaking: boolean;
  onAllowBreaking: (allow: boolean) => void;
}

function Consequences({ draft, base, verdict, allowBreaking, onAllowBreaking }: ConsequencesProps) {
  const [tab, setTab] = useState("verdict");
  return (
    <section className="card pane">
      <TabProvider selectedId={tab} setSelectedId={id => setTab(id ?? "verdict")}>
        <TabList className="tabs" aria-label="What it means">
          <Tab id="verdict" className="tab">
            Verdict
          </Tab>
          <Tab id="sdl" className="tab">
            GraphQL
          </Tab>
          <Tab id="types" className="tab">
            Types
          </Tab>
        </TabList>
        <TabPanel tabId={tab} className="pane-scroll">
          {tab === "verdict" && (
            <VerdictPanel
              verdict={verdict}
              isReadable={draft.isReadable}
              isChange={base !== undefined}
              allowBreaking={allowBreaking}
              onAllowBreaking={onAllowBreaking}
            />
          )}
          {tab === "sdl" && <SdlPreview spec={draft.value} />}
          {tab === "types" && <TypeGraph spec={draft.value} />}
        </TabPanel>
      </TabProvider>
    </section>
  );
}
