import type { Json } from "~/data/json";
import type { Conflict } from "~/data/merge";
import { writeYaml } from "~/editors/yaml";

interface ConflictPanelProps {
  conflicts: readonly Conflict[];
  onResolve: (conflict: Conflict, value: Json | undefined) => void;
}

/** Three ways side by side, for each place that two people have changed: before, theirs, mine. */
export function ConflictPanel({ conflicts, onResolve }: ConflictPanelProps) {
  return (
    <section className="card" aria-label="Conflicts">
      <header>
        <h2>Changed by both of you</h2>
        <button
          type="button"
          className="button small"
          onClick={() => {
            for (const conflict of conflicts) onResolve(conflict, conflict.mine);
          }}
        >
          Keep all of mine
        </button>
      </header>
      <div className="scroll-x">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Before</th>
              <th scope="col">Theirs</th>
              <th scope="col">Mine</th>
            </tr>
          </thead>
          <tbody>
            {conflicts.map(conflict => (
              <tr key={conflict.path.join("/")}>
                <td className="mono">{conflict.path.join(".")}</td>
                <td>
                  <Value value={conflict.base} />
                </td>
                <td>
                  <Value value={conflict.theirs} />
                  <button
                    type="button"
                    className="button small"
                    aria-label={`Take theirs for ${conflict.path.join(".")}`}
                    onClick={() => onResolve(conflict, conflict.theirs)}
                  >
                    Take theirs
                  </button>
                </td>
                <td>
                  <Value value={conflict.mine} />
                  <button
                    type="button"
                    className="button small"
                    aria-label={`Keep mine for ${conflict.path.join(".")}`}
                    onClick={() => onResolve(conflict, conflict.mine)}
                  >
                    Keep mine
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const MAX_SHOWN = 1_000;

function Value({ value }: { value: Json | undefined }) {
  if (value === undefined) return <p className="muted">nothing</p>;
  return <pre className="merge-value">{writeYaml(value).slice(0, MAX_SHOWN)}</pre>;
}
