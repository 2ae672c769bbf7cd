import { Tab, TabList, TabPanel, TabProvider } from "@ariakit/react";
import { Link, useSearchParams } from "wouter";
import { routes } from "~/app/routes";
import { Conditions } from "~/components/Conditions";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { LocalTime } from "~/components/Time";
import { TypeGraph } from "~/components/TypeGraph";
import { type RawDefinition, useDefinition } from "~/data/definition";
import { type Kind, kindsStore } from "~/data/kinds";
import { useStore } from "~/data/store";
import { KindState } from "./KindState";
import { LastChange } from "./LastChange";
import { Operations } from "./Operations";
import { SchemaView } from "./SchemaView";

const TABS = ["overview", "schema", "types", "operations"] as const;

/** One kind: what it is, how it does, and what one can ask of it. */
export function KindPage({ name }: { name: string }) {
  const { phase, kinds } = useStore(kindsStore);
  const kind = kinds.get(name);
  const { value, error } = useDefinition(name);
  if (error && !value) return <ErrorState error={error} />;
  if (phase === "loading" || value === undefined) return <Loading what="Reading the definition" />;
  if (!kind || !value) {
    return (
      <State
        icon="empty"
        title={`There is no kind ${name}`}
        actions={
          <Link className="button" href={routes.kinds}>
            All kinds
          </Link>
        }
      >
        <p>It has been removed, or was never here.</p>
      </State>
    );
  }
  return <KindView kind={kind} definition={value} />;
}

function KindView({ kind, definition }: { kind: Kind; definition: RawDefinition }) {
  const [parameters, setParameters] = useSearchParams();
  const chosen = TABS.find(tab => tab === parameters.get("tab")) ?? "overview";
  return (
    <div className="page-body">
      <PageHead
        title={kind.kind}
        beside={<KindState kind={kind} />}
        below={kind.group ? `${kind.group} · ${kind.name}` : undefined}
        actions={
          <>
            {!kind.builtIn && (
              <Link className="button" href={routes.editKind(kind.name)}>
                <Icon name="edit" /> Edit definition
              </Link>
            )}
            <Link className="button primary" href={routes.list(kind.name)}>
              <Icon name="resources" /> Resources
            </Link>
          </>
        }
      />
      {kind.description && <p className="description">{kind.description}</p>}
      <TabProvider
        selectedId={chosen}
        setSelectedId={id => setParameters(id && id !== "overview" ? { tab: id } : {}, { replace: true })}
      >
        <TabList className="tabs" aria-label="About the kind">
          <Tab id="overview" className="tab">
            Overview
          </Tab>
          <Tab id="schema" className="tab">
            Schema
          </Tab>
          <Tab id="types" className="tab">
            Types
          </Tab>
          <Tab id="operations" className="tab">
            Operations
          </Tab>
        </TabList>
        <TabPanel tabId="overview">
          {chosen === "overview" && <Overview kind={kind} definition={definition} />}
        </TabPanel>
        <TabPanel tabId="schema">{chosen === "schema" && <SchemaView definition={definition} />}</TabPanel>
        <TabPanel tabId="types">
          {chosen === "types" && (
            <section className="card body-padded">
              <TypeGraph spec={definition.spec} />
            </section>
          )}
        </TabPanel>
        <TabPanel tabId="operations">{chosen === "operations" && <Operations kind={kind} />}</TabPanel>
      </TabProvider>
    </div>
  );
}

function Overview({ kind, definition }: { kind: Kind; definition: RawDefinition }) {
  return (
    <div className="columns">
      <section className="card">
        <header>
          <h2>Conditions</h2>
        </header>
        <Conditions conditions={kind.conditions} />
      </section>
      <section className="card">
        <header>
          <h2>Definition</h2>
        </header>
        <dl className="facts body">
          <dt>GraphQL type</dt>
          <dd className="mono">{kind.names.type}</dd>
          <dt>One, list</dt>
          <dd className="mono">
            {kind.names.singular}, {kind.names.plural}
          </dd>
          <dt>Watch</dt>
          <dd className="mono">{kind.names.watch}</dd>
          <dt>Scope</dt>
          <dd>{kind.scope === "CLUSTER" ? "One for the whole server" : "In namespaces"}</dd>
          <dt>Resources</dt>
          <dd>{kind.stored.toLocaleString()} when the definition was last read</dd>
          <dt>Generation</dt>
          <dd>{kind.generation}</dd>
          <dt>Defined</dt>
          <dd>
            <LocalTime time={kind.createdAt} />
          </dd>
        </dl>
      </section>
      <Columns kind={kind} />
      <LastChange definition={definition} />
      <Degraded definition={definition} />
    </div>
  );
}

function Columns({ kind }: { kind: Kind }) {
  return (
    <section className="card">
      <header>
        <h2>Columns and indexes</h2>
      </header>
      <table className="plain-table">
        <tbody>
          {kind.columns.map(({ name, path, type }) => (
            <tr key={name + path}>
              <td>{name}</td>
              <td className="mono">{path}</td>
              <td className="muted">{type}</td>
            </tr>
          ))}
          {kind.indexes.map(({ fields, unique }) => (
            <tr key={fields.join()}>
              <td>{unique ? "Unique index" : "Index"}</td>
              <td className="mono" colSpan={2}>
                {fields.join(", ")}
              </td>
            </tr>
          ))}
          {!kind.columns.length && !kind.indexes.length && (
            <tr>
              <td className="muted">None: tables show names and ages.</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

interface Degradation {
  count?: number;
  places?: { path: string; reason: string }[];
}

function Degraded({ definition }: { definition: RawDefinition }) {
  const { count = 0, places = [] } = (definition.status?.["degraded"] ?? {}) as unknown as Degradation;
  if (!count) return null;
  return (
    <section className="card">
      <header>
        <h2>Served as JSON</h2>
        <span className="badge warn">{count}</span>
      </header>
      <table className="plain-table">
        <tbody>
          {places.map(({ path, reason }) => (
            <tr key={path}>
              <td className="mono">{path}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > places.length && <p className="body muted">The first {places.length} are shown.</p>}
    </section>
  );
}
