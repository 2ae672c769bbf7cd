import { Link } from "wouter";
import { routes } from "~/app/routes";
import { CopyAs } from "~/components/CopyAs";
import type { Kind } from "~/data/kinds";
import { operationsOf } from "~/data/operations";

/** Everything that one can ask of a kind, ready to be run or copied. */
export function Operations({ kind }: { kind: Kind }) {
  return (
    <div className="columns">
      {operationsOf(kind).map(operation => (
        <section className="card" key={operation.key}>
          <header>
            <h2>{operation.label}</h2>
            <CopyAs small call={() => operation} />
            <Link
              className="button small"
              href={`${routes.query}?kind=${kind.name}&operation=${operation.key}`}
            >
              Open in query
            </Link>
          </header>
          <pre className="code flat" tabIndex={0}>
            {operation.document}
          </pre>
        </section>
      ))}
    </div>
  );
}
