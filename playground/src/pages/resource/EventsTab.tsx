import { useEffect, useMemo } from "react";
import { ErrorState, Loading, State } from "~/components/State";
import { Age } from "~/components/Time";
import { type Kind, kindsStore } from "~/data/kinds";
import { Listing } from "~/data/listing";
import { useStore } from "~/data/store";

/** What has happened to a resource, as it happens. */
export function EventsTab({ uid }: { uid: string }) {
  const kind = useStore(kindsStore).kinds.get("Event");
  return kind ? <Events kind={kind} uid={uid} /> : null;
}

const PATHS = [
  "spec.type",
  "spec.reason",
  "spec.note",
  "spec.reportingController",
  "spec.count",
  "spec.lastTimestamp",
];

function Events({ kind, uid }: { kind: Kind; uid: string }) {
  const { generation } = kind;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the kind is another only with another generation
  const listing = useMemo(() => {
    const columns = PATHS.map(path => ({ name: path, path, type: null }));
    const where = { spec: { regarding: { uid: { eq: uid } } } };
    return new Listing(
      { ...kind, columns },
      { namespace: undefined, where, labelSelector: undefined, order: undefined },
    );
  }, [generation, uid]);
  useEffect(() => {
    const stop = new AbortController();
    void listing.run(stop.signal);
    return () => stop.abort();
  }, [listing]);
  const { phase, error, rows } = useStore(listing.state);
  if (phase === "failed") return <ErrorState error={error} />;
  if (phase === "loading") return <Loading what="Reading events" />;
  if (!rows.length) return <State icon="events" title="Nothing has happened to it" />;
  const newest = [...rows].sort((a, b) => (String(a.cells[5]) < String(b.cells[5]) ? 1 : -1));
  return (
    <section className="card scroll-x">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Reason</th>
            <th scope="col">What</th>
            <th scope="col">From</th>
            <th scope="col">Times</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {newest.map(({ uid: id, cells: [type, reason, note, from, count, last] }) => (
            <tr key={id}>
              <td>
                <span className={`badge ${type === "Warning" ? "warn" : ""}`}>{String(type)}</span>
              </td>
              <td>{String(reason ?? "")}</td>
              <td>{String(note ?? "")}</td>
              <td className="muted">{String(from ?? "")}</td>
              <td>{String(count ?? 1)}</td>
              <td className="nowrap">
                <Age time={typeof last === "string" ? last : undefined} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
