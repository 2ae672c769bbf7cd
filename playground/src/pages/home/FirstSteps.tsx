import { Link } from "wouter";
import { routes } from "~/app/routes";
import { Icon } from "~/components/Icon";

/** What to do on a server that has no kinds yet. */
export function FirstSteps() {
  return (
    <section className="card first-steps">
      <div className="body">
        <h2>Begin with a kind</h2>
        <p className="muted">
          A kind is a JSON Schema with a name. As soon as you have defined one, it has its own queries,
          mutations and watches, and a table and a form here.
        </p>
        <ol>
          <li>
            <Link className="button primary" href={routes.newKind}>
              <Icon name="plus" /> Define your first kind
            </Link>
          </li>
          <li className="muted">Create a resource of it, by form or as YAML</li>
          <li className="muted">Watch it change while others write</li>
        </ol>
      </div>
    </section>
  );
}
