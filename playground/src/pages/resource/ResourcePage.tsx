import { Tab, TabList, TabPanel, TabProvider } from "@ariakit/react";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";
import { routes } from "~/app/routes";
import { CopyAs } from "~/components/CopyAs";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { type Kind, kindsStore } from "~/data/kinds";
import { operationsOf } from "~/data/operations";
import { type ResourceState, useResource } from "~/data/resource";
import type { Raw } from "~/data/rows";
import { useStore } from "~/data/store";
import { BlockedBy } from "./BlockedBy";
import { DeleteDialog } from "./DeleteDialog";
import { EventsTab } from "./EventsTab";
import { Overview } from "./Overview";
import { Related } from "./Related";
import { YamlTab } from "./YamlTab";

interface ResourcePageProps {
  kind: string;
  namespace: string | undefined;
  name: string;
}

/** One resource, alive. */
export default function ResourcePage({ kind: kindName, namespace, name }: ResourcePageProps) {
  const { phase, kinds } = useStore(kindsStore);
  const kind = kinds.get(kindName);
  if (phase === "loading") return <Loading what="Reading kinds" />;
  if (!kind?.names.watch) return <State icon="empty" title={`There is no kind ${kindName}`} />;
  return <Followed kind={kind} namespace={namespace} name={name} />;
}

function Followed({ kind, namespace, name }: { kind: Kind; namespace: string | undefined; name: string }) {
  const state = useResource(kind, namespace, name);
  if (state.phase === "loading") return <Loading what={`Reading ${name}`} />;
  if (state.phase === "failed") return <ErrorState error={state.error} />;
  if (!state.raw) {
    return (
      <State
        icon="empty"
        title={`There is no ${kind.kind} ${name}`}
        actions={
          <Link className="button" href={routes.list(kind.name)}>
            All {kind.kind} resources
          </Link>
        }
      >
        <p>If somebody creates it, it appears here by itself.</p>
      </State>
    );
  }
  return <View kind={kind} state={state} raw={state.raw} />;
}

const TABS = ["overview", "yaml", "events", "related"] as const;

function View({ kind, state, raw }: { kind: Kind; state: ResourceState; raw: Raw }) {
  const [parameters, setParameters] = useSearchParams();
  const chosen = TABS.find(tab => tab === parameters.get("tab")) ?? "overview";
  const hasEvents = useStore(kindsStore).kinds.get("Event")?.builtIn === true;
  const isGone = state.phase === "absent";
  return (
    <div className="page-body">
      <PageHead
        title={raw.metadata.name}
        beside={
          isGone ? (
            <span className="badge bad">Deleted</span>
          ) : (
            raw.metadata.deletionRequestedAt && <span className="badge warn">Being deleted</span>
          )
        }
        below={[kind.kind, raw.metadata.namespace].filter(Boolean).join(" in ")}
        actions={<Actions kind={kind} raw={raw} disabled={isGone} />}
      />
      {isGone && <p className="note warn">This resource has been deleted. What you see is its last state.</p>}
      {!isGone && raw.metadata.deletionRequestedAt && <BlockedBy kind={kind} raw={raw} />}
      <TabProvider
        selectedId={chosen}
        setSelectedId={id => setParameters(id && id !== "overview" ? { tab: id } : {}, { replace: true })}
      >
        <TabList className="tabs" aria-label="About the resource">
          <Tab id="overview" className="tab">
            Overview
          </Tab>
          <Tab id="yaml" className="tab">
            YAML
          </Tab>
          {hasEvents && (
            <Tab id="events" className="tab">
              Events
            </Tab>
          )}
          <Tab id="related" className="tab">
            Owners and children
          </Tab>
        </TabList>
        <TabPanel tabId={chosen}>
          {chosen === "overview" && <Overview raw={raw} changedPaths={state.changedPaths} />}
          {chosen === "yaml" && <YamlTab raw={raw} />}
          {chosen === "events" && hasEvents && <EventsTab uid={raw.metadata.uid} />}
          {chosen === "related" && <Related raw={raw} />}
        </TabPanel>
      </TabProvider>
    </div>
  );
}

function Actions({ kind, raw, disabled }: { kind: Kind; raw: Raw; disabled: boolean }) {
  const [deleting, setDeleting] = useState(false);
  const { name, namespace } = raw.metadata;
  const call = () => {
    const { document, variables } = operationsOf(kind).find(({ key }) => key === "get")!;
    return { document, variables: { ...variables, name, ...(namespace ? { namespace } : {}) } };
  };
  return (
    <>
      <CopyAs call={call} />
      {!disabled && (
        <>
          <button type="button" className="button danger" onClick={() => setDeleting(true)}>
            <Icon name="trash" /> Delete
          </button>
          <Link className="button primary" href={routes.edit(kind.name, namespace, name)}>
            <Icon name="edit" /> Edit
          </Link>
          {deleting && <DeleteDialog kind={kind} raw={raw} onClose={() => setDeleting(false)} />}
        </>
      )}
    </>
  );
}
