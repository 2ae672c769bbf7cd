import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { routes } from "~/app/routes";
import { PageHead } from "~/components/PageHead";
import { ErrorState, Loading, State } from "~/components/State";
import { Age } from "~/components/Time";
import { type Kind, kindsStore } from "~/data/kinds";
import { Listing } from "~/data/listing";
import type { Row } from "~/data/rows";
import { useStore } from "~/data/store";
import { leaseOf } from "./leases";

/** Who works here: each controller by its lease, as it renews it. */
export function ControllersPage() {
  const { phase, kinds } = useStore(kindsStore);
  const kind = kinds.get("Lease");
  if (phase === "loading") return <Loading what="Reading kinds" />;
  if (!kind) return <State icon="controllers" title="This server has no leases" />;
  return <Controllers kind={kind} />;
}

const COLUMNS = [
  "spec.holderIdentity",
  "spec.renewTime",
  "spec.leaseDurationSeconds",
  "spec.leaseTransitions",
  "status.queueDepth",
  "status.running",
  "status.paused",
  "status.version",
  "status.kinds[*]",
  "status.lastErrors[-1].message",
].map(path => ({ name: path, path, type: null }));

function Controllers({ kind }: { kind: Kind }) {
  const { generation } = kind;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the kind is another only with another generation
  const listing = useMemo(
    () =>
      new Listing(
        { ...kind, columns: COLUMNS },
        { namespace: undefined, where: undefined, labelSelector: undefined, order: undefined },
      ),
    [generation],
  );
  useEffect(() => {
    const stop = new AbortController();
    void listing.run(stop.signal);
    return () => stop.abort();
  }, [listing]);
  const { phase, error, rows } = useStore(listing.state);
  const now = useNow();
  return (
    <div className="page-body">
      <PageHead title="Controllers" below="Who leads, when it was last heard of, and how much it has to do" />
      {phase === "failed" ? (
        <ErrorState error={error} />
      ) : phase === "loading" ? (
        <Loading what="Reading leases" />
      ) : rows.length ? (
        <section className="card scroll-x">
          <table className="plain-table">
            <thead>
              <tr>
                {["Controller", "Leader", "Heartbeat", "Queue", "Running", "Kinds", "Last error"].map(
                  heading => (
                    <th key={heading} scope="col">
                      {heading}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map(row => (
                <ControllerRow key={row.uid} row={row} now={now} />
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <State icon="controllers" title="No controller has run here yet">
          <p>A controller that starts takes a lease, and appears here by itself.</p>
        </State>
      )}
    </div>
  );
}

function ControllerRow({ row, now }: { row: Row; now: number }) {
  const lease = leaseOf(row, now);
  return (
    <tr>
      <td>
        <Link href={routes.resource("Lease", row.namespace, row.name)}>{row.name}</Link>
        <div className="muted">
          {row.namespace} {lease.version}
        </div>
      </td>
      <td>
        {lease.holder || <span className="muted">nobody</span>}
        <div className="muted">{lease.transitions} changes</div>
      </td>
      <td>
        {lease.isPaused ? (
          <span className="badge warn">Paused</span>
        ) : lease.isExpired ? (
          <span className="badge bad">Silent</span>
        ) : (
          <span className="badge good">Alive</span>
        )}{" "}
        <Age time={lease.renewedAt} />
      </td>
      <td>{lease.queueDepth ?? "–"}</td>
      <td>{lease.running ?? "–"}</td>
      <td>{lease.kinds}</td>
      <td>{lease.lastError || <span className="muted">none</span>}</td>
    </tr>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 2_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
