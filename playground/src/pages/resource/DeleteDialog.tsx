import { Dialog, DialogDismiss, DialogHeading } from "@ariakit/react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { routes } from "~/app/routes";
import { toast } from "~/app/toasts";
import { Icon } from "~/components/Icon";
import { useOwned } from "~/data/children";
import { deleteResource, type Propagation } from "~/data/deleting";
import { messageOf, Refused } from "~/data/errors";
import type { Kind } from "~/data/kinds";
import type { Raw } from "~/data/rows";
import { childrenOf } from "./Related";

interface DeleteDialogProps {
  kind: Kind;
  raw: Raw;
  onClose: () => void;
}

interface Referrer {
  kind: string;
  namespace?: string | null;
  name: string;
  path?: string;
}

/** Asks before a deletion, saying what goes along and what stands in the way. */
export function DeleteDialog({ kind, raw, onClose }: DeleteDialogProps) {
  const [, navigate] = useLocation();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const [propagation, setPropagation] = useState<Propagation>("BACKGROUND");
  const refused = useRefusal(kind, raw);
  const { name } = raw.metadata;
  const confirm = async () => {
    setBusy(true);
    try {
      const { data } = await deleteResource(kind, raw, { dryRun: false, propagation });
      const waits = Object.values(data)[0]?.metadata.finalizers.length ?? 0;
      toast(waits ? `${name} waits for its finalizers` : `${name} is deleted`);
      onClose();
      if (!waits) navigate(routes.list(kind.name));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      className="dialog"
      backdrop={<div className="backdrop" />}
      preventBodyScroll={false}
    >
      <header>
        <DialogHeading render={<h2 />}>Delete {name}?</DialogHeading>
        <DialogDismiss className="button quiet icon">
          <Icon name="close" label="Close" />
        </DialogDismiss>
      </header>
      <div className="body stack">
        <TakenAlong raw={raw} />
        <label className="row">
          What it owns
          <select
            className="input"
            value={propagation}
            onChange={event => setPropagation(event.target.value as Propagation)}
          >
            <option value="BACKGROUND">goes after it</option>
            <option value="FOREGROUND">goes before it</option>
            <option value="ORPHAN">stays</option>
          </select>
        </label>
        {(raw.metadata.finalizers?.length ?? 0) > 0 && (
          <p className="note warn">
            It goes when its finalizers have been taken away: {raw.metadata.finalizers?.join(", ")}.
          </p>
        )}
        <Refusal error={error ?? refused} />
      </div>
      <footer>
        <DialogDismiss className="button">Cancel</DialogDismiss>
        <button
          type="button"
          className="button danger primary"
          disabled={isBusy || refused !== undefined}
          onClick={() => void confirm()}
        >
          <Icon name="trash" /> Delete
        </button>
      </footer>
    </Dialog>
  );
}

/** Asks the server beforehand; what it would refuse is told before anybody confirms. */
function useRefusal(kind: Kind, raw: Raw): unknown {
  const [refused, setRefused] = useState<unknown>();
  useEffect(() => {
    let isCurrent = true;
    deleteResource(kind, raw, { dryRun: true, propagation: "BACKGROUND" }).then(
      () => isCurrent && setRefused(undefined),
      error => isCurrent && setRefused(error),
    );
    return () => {
      isCurrent = false;
    };
  }, [kind, raw]);
  return refused;
}

function TakenAlong({ raw }: { raw: Raw }) {
  const { isComplete, owned } = useOwned(raw.metadata.namespace);
  const children = childrenOf(owned, raw.metadata.uid);
  if (!children.length)
    return <p>{isComplete ? "It owns nothing that would go along." : "Looking for what it owns…"}</p>;
  return (
    <div>
      <p>It owns {children.length.toLocaleString()} others, which are garbage without it:</p>
      <ul>
        {children.slice(0, 10).map(child => (
          <li key={child.uid}>
            <Link href={routes.resource(child.kind, child.namespace, child.name)}>
              {child.kind} {child.name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Refusal({ error }: { error: unknown }) {
  if (error === undefined) return null;
  const referrers =
    (error instanceof Refused && (error.errors[0]?.extensions?.["referrers"] as Referrer[])) || [];
  return (
    <div className="note bad" role="alert">
      <div>
        <p>{messageOf(error)}</p>
        <ul>
          {referrers.map(({ kind, namespace, name, path }) => (
            <li key={`${kind} ${namespace} ${name} ${path}`}>
              <Link href={routes.resource(kind, namespace, name)}>
                {kind} {name}
              </Link>{" "}
              <span className="mono">{path}</span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
