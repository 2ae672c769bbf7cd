import { Conditions } from "~/components/Conditions";
import { Age, LocalTime } from "~/components/Time";
import { ValueTree } from "~/components/ValueTree";
import type { Json } from "~/data/json";
import { conditionsOf, type Raw } from "~/data/rows";

const ENVELOPE = new Set(["kind", "group", "apiVersion", "metadata", "spec", "status"]);

/** What a resource is to be, what it is, and what is known about it. */
export function Overview({ raw, changedPaths }: { raw: Raw; changedPaths: readonly string[] }) {
  const conditions = conditionsOf(raw);
  const extra = Object.keys(raw).filter(name => !ENVELOPE.has(name));
  return (
    <div className="columns">
      <Section title="Spec" path="/spec" value={raw.spec} changed={changedPaths} />
      <div className="stack">
        {conditions.length > 0 && (
          <section className="card">
            <header>
              <h2>Conditions</h2>
            </header>
            <Conditions conditions={conditions} />
          </section>
        )}
        <Section title="Status" path="/status" value={raw.status} changed={changedPaths} />
        {extra.map(name => (
          <Section
            key={name}
            title={name}
            path={`/${name}`}
            value={raw[name] as Json}
            changed={changedPaths}
          />
        ))}
        <MetadataCard raw={raw} />
      </div>
    </div>
  );
}

interface SectionProps {
  title: string;
  path: string;
  value: Json | undefined;
  changed: readonly string[];
}

function Section({ title, path, value, changed }: SectionProps) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
      </header>
      <div className="body">
        {value === undefined || value === null ? (
          <span className="muted">Nothing yet</span>
        ) : (
          <ValueTree value={value} path={path} changed={changed} />
        )}
      </div>
    </section>
  );
}

function MetadataCard({ raw: { metadata } }: { raw: Raw }) {
  return (
    <section className="card">
      <header>
        <h2>Metadata</h2>
      </header>
      <dl className="facts body">
        <dt>Created</dt>
        <dd>
          <LocalTime time={metadata.createdAt} /> (<Age time={metadata.createdAt} />)
        </dd>
        <dt>Updated</dt>
        <dd>
          <LocalTime time={metadata.updatedAt} />
        </dd>
        <dt>Generation</dt>
        <dd>{metadata.generation}</dd>
        <dt>Resource version</dt>
        <dd className="mono">{metadata.resourceVersion}</dd>
        <dt>UID</dt>
        <dd className="mono">{metadata.uid}</dd>
        <dt>Labels</dt>
        <dd>
          <Pairs pairs={metadata.labels} />
        </dd>
        <dt>Annotations</dt>
        <dd>
          <Pairs pairs={metadata.annotations} />
        </dd>
        {(metadata.finalizers?.length ?? 0) > 0 && (
          <>
            <dt>Finalizers</dt>
            <dd className="mono">{metadata.finalizers?.join(", ")}</dd>
          </>
        )}
        {metadata.deletionRequestedAt && (
          <>
            <dt>Deletion asked for</dt>
            <dd>
              <LocalTime time={metadata.deletionRequestedAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Pairs({ pairs }: { pairs: Record<string, string> | undefined }) {
  const entries = Object.entries(pairs ?? {});
  if (!entries.length) return <span className="muted">none</span>;
  return (
    <ul className="row">
      {entries.map(([key, value]) => (
        <li key={key} className="badge label">
          <span className="truncate">
            {key}={value}
          </span>
        </li>
      ))}
    </ul>
  );
}
