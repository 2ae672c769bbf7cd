import { Link, useLocation } from "wouter";
import { kindsStore } from "~/data/kinds";
import { useStore } from "~/data/store";
import { crumbsOf } from "./crumbsOf";

/** Where one is, as links to what is around it. */
export function Crumbs() {
  const [location] = useLocation();
  const { kinds } = useStore(kindsStore);
  const crumbs = crumbsOf(location, name => kinds.get(name)?.kind ?? name);
  return (
    <nav className="crumbs" aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ label, to }, index) => (
          <li key={label + index}>
            {index > 0 && <span aria-hidden="true">/</span>}
            {to ? <Link href={to}>{label}</Link> : <span>{label}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
