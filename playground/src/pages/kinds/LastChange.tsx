import { LocalTime } from "~/components/Time";
import type { RawDefinition } from "~/data/definition";
import type { Difference } from "~/data/judging";

interface Change {
  generation: number;
  time: string;
  safe: number;
  dangerous: number;
  breaking: number;
  differences?: Difference[];
  refusedResources?: {
    count: number;
    resources?: { namespace?: string; name: string; path: string; message: string }[];
  };
}

export const SEVERITY_TONES = { SAFE: "good", DANGEROUS: "warn", BREAKING: "bad" } as const;

/** What the last update of the definition changed, and whom it touched. */
export function LastChange({ definition }: { definition: RawDefinition }) {
  const change = definition.status?.["lastChange"] as unknown as Change | undefined;
  if (!change) return null;
  return (
    <section className="card">
      <header>
        <h2>Last change</h2>
        <span className="muted">
          <LocalTime time={change.time} />
        </span>
      </header>
      <Differences differences={change.differences ?? []} />
      {(change.refusedResources?.count ?? 0) > 0 && (
        <p className="body">
          {change.refusedResources?.count} stored resources would be refused as they are; they stay readable.
        </p>
      )}
    </section>
  );
}

export function Differences({ differences }: { differences: readonly Difference[] }) {
  if (!differences.length)
    return <p className="body muted">Nothing that clients or stored resources notice.</p>;
  return (
    <div className="scroll-x">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">For</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference, index) => (
            <tr key={index}>
              <td>
                <span className={`badge ${SEVERITY_TONES[difference.severity]}`}>
                  {difference.severity.toLowerCase()}
                </span>
              </td>
              <td>{difference.audience === "CLIENTS" ? "Clients" : "Stored resources"}</td>
              <td>
                {difference.message}
                <div className="mono muted">{difference.path}</div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
