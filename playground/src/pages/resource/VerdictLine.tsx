import { Icon } from "~/components/Icon";
import { messageOf } from "~/data/errors";
import { verdictOf } from "~/data/writing";
import type { JudgedVerdict } from "./useVerdict";

interface VerdictLineProps {
  verdict: JudgedVerdict;
  /** Why saving has failed, if it has. */
  error: unknown;
  isReadable: boolean;
}

const MAX_SHOWN = 5;

/** What the server says of the draft, in a line, and all that is wrong with it. */
export function VerdictLine({ verdict, error, isReadable }: VerdictLineProps) {
  const failed = error === undefined ? undefined : verdictOf(error);
  const faults = failed?.faults.length ? failed.faults : verdict.faults;
  const problem = failed?.error ?? verdict.error;
  return (
    <div role="status" className="verdict">
      {!isReadable ? (
        <span className="badge bad">
          <Icon name="warning" /> The text cannot be read
        </span>
      ) : faults.length || problem ? (
        <>
          <span className="badge bad">
            <Icon name="warning" /> {problem ? messageOf(problem) : `${faults.length} to correct`}
          </span>
          {faults.slice(0, MAX_SHOWN).map(({ path, message }) => (
            <span key={path + message}>
              <code>{path}</code> {message}
            </span>
          ))}
          {faults.length > MAX_SHOWN && <span className="muted">and {faults.length - MAX_SHOWN} more</span>}
        </>
      ) : verdict.state === "accepted" ? (
        <span className="badge good">
          <Icon name="check" /> The server would accept this
        </span>
      ) : (
        <span className="badge">Asking the server…</span>
      )}
    </div>
  );
}
