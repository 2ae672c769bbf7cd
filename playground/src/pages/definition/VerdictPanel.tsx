import { Icon } from "~/components/Icon";
import { messageOf } from "~/data/errors";
import { Differences } from "../kinds/LastChange";
import type { PendingVerdict } from "./useDefinitionVerdict";

interface VerdictPanelProps {
  verdict: PendingVerdict;
  isReadable: boolean;
  isChange: boolean;
  allowBreaking: boolean;
  onAllowBreaking: (allow: boolean) => void;
}

/** What the server says: refusals at their places, and for a change what it does to clients and stored resources. */
export function VerdictPanel({
  verdict,
  isReadable,
  isChange,
  allowBreaking,
  onAllowBreaking,
}: VerdictPanelProps) {
  const { state, faults, error, changes, refusals } = verdict;
  const isBreaking = changes.some(({ severity }) => severity === "BREAKING") || (refusals?.count ?? 0) > 0;
  return (
    <div className="stack" role="status">
      {!isReadable ? (
        <p className="note bad">The text cannot be read; the editor shows where.</p>
      ) : state === "asking" ? (
        <p className="muted">Asking the server…</p>
      ) : state === "accepted" ? (
        <p className="note good">
          <Icon name="check" />{" "}
          {isChange ? "The server would apply this change." : "The server would accept this kind."}
        </p>
      ) : (
        <p className="note bad">
          <Icon name="warning" />
          {error
            ? messageOf(error)
            : faults.length
              ? `The server would refuse this: ${faults.length} to correct.`
              : "This breaks something, and needs your permission."}
        </p>
      )}
      {isReadable && faults.length > 0 && (
        <ul className="stack-small" aria-label="Refusals">
          {faults.map(({ path, message }, index) => (
            <li key={index}>
              <code>{path || "/"}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {isChange && changes.length > 0 && (
        <div className="card">
          <header>
            <h2>What changes</h2>
          </header>
          <Differences differences={changes} />
        </div>
      )}
      {refusals && refusals.count > 0 && (
        <div className="note warn">
          <div>
            <p>{refusals.count.toLocaleString()} stored resources would be refused as they are:</p>
            <ul>
              {refusals.resources?.map(({ namespace, name, path, message }) => (
                <li key={`${namespace}/${name}${path}`}>
                  {[namespace, name].filter(Boolean).join("/")}: <code>{path}</code> {message}
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {isChange && (isBreaking || allowBreaking) && (
        <label className="row">
          <input
            type="checkbox"
            checked={allowBreaking}
            onChange={event => onAllowBreaking(event.target.checked)}
          />
          I know that this breaks something, and want it all the same
        </label>
      )}
    </div>
  );
}
