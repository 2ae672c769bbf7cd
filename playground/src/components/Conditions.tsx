import type { Condition } from "~/data/kinds";
import { Age } from "./Time";

/** Whether a condition says that something is wrong: most are good when true, those of trouble when false. */
export function toneOf({ type, status }: Pick<Condition, "type" | "status">): "good" | "bad" | "warn" {
  if (status === "Unknown") return "warn";
  const isTrouble = /(Failed|Failing|Degraded|Stalled|Pressure|Error|Blocked|Unavailable)$/.test(type);
  return (status === "True") !== isTrouble ? "good" : "bad";
}

/** All conditions of a resource, each with its reason. */
export function Conditions({ conditions }: { conditions: readonly Condition[] }) {
  return (
    <div className="scroll-x">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Condition</th>
            <th scope="col">Status</th>
            <th scope="col">Reason</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {conditions.map(condition => (
            <tr key={condition.type}>
              <td>{condition.type}</td>
              <td>
                <span className={`badge ${toneOf(condition)}`}>{condition.status}</span>
              </td>
              <td>
                <span className="mono">{condition.reason}</span>
                {condition.message && <div className="muted">{condition.message}</div>}
              </td>
              <td className="nowrap">
                <Age time={condition.lastTransitionTime} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
