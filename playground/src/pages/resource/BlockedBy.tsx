import { useEffect, useState } from "react";
import { Link } from "wouter";
import { routes } from "~/app/routes";
import { LocalTime } from "~/components/Time";
import { request } from "~/data/http";
import type { Kind } from "~/data/kinds";
import type { Raw } from "~/data/rows";

interface Blocker {
  finalizer: string | null;
  since: string | null;
  child: { kind: string; namespace: string | null; name: string; uid: string } | null;
}

type Answer = Record<string, { metadata: { deletionBlockedBy: Blocker[] } } | null>;

/** What a deletion that was asked for still waits for. */
export function BlockedBy({ kind, raw }: { kind: Kind; raw: Raw }) {
  const [blockers, setBlockers] = useState<readonly Blocker[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    const { name, namespace } = raw.metadata;
    const [declared, passed] = namespace ? [", $namespace: String", ", namespace: $namespace"] : ["", ""];
    const query = `query Blocked($name: String!${declared}) { ${kind.names.singular}(name: $name${passed}) {
      metadata { deletionBlockedBy { finalizer since child { kind namespace name uid } } }
    } }`;
    request<Answer>(query, { name, ...(namespace ? { namespace } : {}) }, stop.signal).then(
      answer => setBlockers(Object.values(answer)[0]?.metadata.deletionBlockedBy ?? []),
      () => undefined,
    );
    return () => stop.abort();
  }, [kind, raw]);
  if (!blockers.length) return null;
  return (
    <div className="note warn">
      <div>
        <p>Its deletion waits for</p>
        <ul>
          {blockers.map(({ finalizer, since, child }) => (
            <li key={`${finalizer} ${child?.uid}`}>
              {child ? (
                <Link href={routes.resource(child.kind, child.namespace, child.name)}>
                  {child.kind} {child.name}
                </Link>
              ) : (
                <code>{finalizer}</code>
              )}{" "}
              since <LocalTime time={since} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
