import { isServed, type Kind } from "~/data/kinds";

/** In a few words: whether a kind can be used, and what an operator should know of it. */
export function KindState({ kind }: { kind: Kind }) {
  const failing = kind.conditions.find(({ status }) => status !== "True");
  return (
    <span className="row">
      {kind.deleting ? (
        <span className="badge warn">Being deleted</span>
      ) : isServed(kind) ? (
        <span className="badge good">Served</span>
      ) : (
        <span className="badge bad" title={failing?.message ?? ""}>
          {failing ? `Not ${failing.type}` : "Not served"}
        </span>
      )}
      {kind.degraded > 0 && (
        <span className="badge warn" title="Places whose schema says more than GraphQL can">
          {kind.degraded} as JSON
        </span>
      )}
      {kind.migration && kind.migration.state !== "SUCCEEDED" && (
        <span className="badge info">
          Migrating {kind.migration.done}/{kind.migration.total}
        </span>
      )}
      {kind.builtIn && <span className="badge">Built in</span>}
    </span>
  );
}
