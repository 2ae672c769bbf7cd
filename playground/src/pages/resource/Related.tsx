import { Link } from "wouter";
import { routes } from "~/app/routes";
import { type Child, useOwned } from "~/data/children";
import { kindsStore } from "~/data/kinds";
import type { Raw } from "~/data/rows";
import { useStore } from "~/data/store";

/** Who owns a resource, and the tree of those that it owns. */
export function Related({ raw }: { raw: Raw }) {
  const { kinds } = useStore(kindsStore);
  const { isComplete, owned } = useOwned(raw.metadata.namespace);
  const owners = raw.metadata.ownerReferences ?? [];
  const children = childrenOf(owned, raw.metadata.uid);
  return (
    <div className="columns">
      <section className="card">
        <header>
          <h2>Owners</h2>
        </header>
        <ul className="body stack-small">
          {owners.map(({ kind, name, uid, controller }) => {
            const namespace = kinds.get(kind)?.scope === "CLUSTER" ? undefined : raw.metadata.namespace;
            return (
              <li key={uid}>
                <Link href={routes.resource(kind, namespace, name)}>
                  {kinds.get(kind)?.kind ?? kind} {name}
                </Link>{" "}
                {controller && <span className="badge">controller</span>}
              </li>
            );
          })}
          {!owners.length && <li className="muted">Nobody owns it.</li>}
        </ul>
      </section>
      <section className="card">
        <header>
          <h2>Children</h2>
          {!isComplete && <span className="spinner" role="status" aria-label="Reading" />}
        </header>
        <div className="body">
          {children.length ? (
            <Tree owned={owned} nodes={children} level={0} />
          ) : (
            <span className="muted">{isComplete ? "It owns nothing." : "Looking…"}</span>
          )}
        </div>
      </section>
    </div>
  );
}

const MAX_LEVELS = 20;

function Tree({ owned, nodes, level }: { owned: ReadonlyMap<string, Child>; nodes: Child[]; level: number }) {
  const { kinds } = useStore(kindsStore);
  return (
    <ul className="tree">
      {nodes.slice(0, 200).map(child => {
        const below = level < MAX_LEVELS ? childrenOf(owned, child.uid) : [];
        return (
          <li key={child.uid}>
            <Link href={routes.resource(child.kind, child.namespace, child.name)}>
              {kinds.get(child.kind)?.kind ?? child.kind} {child.name}
            </Link>
            {below.length > 0 && <Tree owned={owned} nodes={below} level={level + 1} />}
          </li>
        );
      })}
      {nodes.length > 200 && <li className="muted">and {nodes.length - 200} more</li>}
    </ul>
  );
}

export function childrenOf(owned: ReadonlyMap<string, Child>, uid: string): Child[] {
  return [...owned.values()].filter(({ owners }) => owners.some(owner => owner.uid === uid));
}
