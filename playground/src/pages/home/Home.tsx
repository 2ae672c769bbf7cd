import { Link } from "wouter";
import { routes } from "~/app/routes";
import { Icon } from "~/components/Icon";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading } from "~/components/State";
import { LocalTime } from "~/components/Time";
import { useCounts } from "~/data/counts";
import { isServed, type Kind, kindsStore } from "~/data/kinds";
import { useServer } from "~/data/server";
import { useStore } from "~/data/store";
import { KindState } from "../kinds/KindState";
import { FirstSteps } from "./FirstSteps";

/** Where a newcomer begins, and where an operator sees at once what is wrong. */
export function Home() {
  const { phase, error, kinds } = useStore(kindsStore);
  const counts = useCounts();
  const server = useServer();
  if (phase === "failed") return <ErrorState error={new Error(error)} />;
  if (phase === "loading") return <Loading what="Connecting" />;
  const all = [...kinds.values()];
  const own = all.filter(kind => !kind.builtIn);
  const total = own.reduce((sum, kind) => sum + (counts.get(kind.name) ?? kind.stored), 0);
  const troubled = all.filter(kind => !isServed(kind) || kind.migration?.state === "BLOCKED");
  return (
    <div className="page-body">
      <PageHead
        title="Overview"
        below={server && `Kindgraph ${server.version} on ${location.host}`}
        actions={
          <Link className="button primary" href={routes.newKind}>
            <Icon name="plus" /> Define a kind
          </Link>
        }
      />
      {own.length === 0 && <FirstSteps />}
      <div className="tiles">
        <Tile label="Kinds" value={own.length} to={routes.kinds} />
        <Tile label="Resources" value={total} to={routes.resources} />
        <Tile label="Groups" value={new Set(own.map(kind => kind.group)).size} to={routes.kinds} />
        <Tile label="Kinds in trouble" value={troubled.length} to={routes.kinds} bad={troubled.length > 0} />
      </div>
      <div className="columns">
        {troubled.length > 0 && <KindCard title="Needs attention" kinds={troubled} counts={counts} />}
        {own.length > 0 && <KindCard title="Most resources" kinds={most(own, counts)} counts={counts} />}
        {own.length > 0 && <KindCard title="Defined last" kinds={newest(own)} counts={counts} />}
        <section className="card">
          <header>
            <h2>Server</h2>
          </header>
          <dl className="facts body">
            <dt>Version</dt>
            <dd>{server?.version ?? "…"}</dd>
            <dt>Running since</dt>
            <dd>
              <LocalTime time={server?.startedAt} />
            </dd>
            <dt>GraphQL</dt>
            <dd className="mono">{location.origin}/graphql</dd>
            <dt>Schema</dt>
            <dd>
              <a href="/schema.graphql" target="_blank" rel="noreferrer">
                /schema.graphql
              </a>
            </dd>
            <dt>Health</dt>
            <dd className="row">
              <a href="/readyz" target="_blank" rel="noreferrer">
                /readyz
              </a>
              <a href="/metrics" target="_blank" rel="noreferrer">
                /metrics
              </a>
            </dd>
          </dl>
        </section>
      </div>
    </div>
  );
}

function Tile({
  label,
  value,
  to,
  bad = false,
}: {
  label: string;
  value: number;
  to: string;
  bad?: boolean;
}) {
  return (
    <Link className={bad ? "card tile bad" : "card tile"} href={to}>
      <span className="tile-value">{value.toLocaleString()}</span>
      <span className="tile-label">{label}</span>
    </Link>
  );
}

interface KindCardProps {
  title: string;
  kinds: readonly Kind[];
  counts: ReadonlyMap<string, number>;
}

function KindCard({ title, kinds, counts }: KindCardProps) {
  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
      </header>
      <table className="plain-table">
        <tbody>
          {kinds.slice(0, 8).map(kind => (
            <tr key={kind.name}>
              <td>
                <Link href={routes.list(kind.name)}>{kind.kind}</Link>
                {kind.group && <div className="muted">{kind.group}</div>}
              </td>
              <td>
                <KindState kind={kind} />
              </td>
              <td className="count">{(counts.get(kind.name) ?? kind.stored).toLocaleString()}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function most(kinds: readonly Kind[], counts: ReadonlyMap<string, number>): Kind[] {
  const count = (kind: Kind) => counts.get(kind.name) ?? kind.stored;
  return [...kinds].sort((a, b) => count(b) - count(a)).slice(0, 8);
}

function newest(kinds: readonly Kind[]): Kind[] {
  return [...kinds].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, 8);
}
