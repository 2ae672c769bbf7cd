import { CLUSTER, routes } from "./routes";

interface Crumb {
  label: string;
  to?: string;
}

const PAGES: Record<string, string> = {
  kinds: "Kinds",
  resources: "Resources",
  query: "Query",
  events: "Events",
  controllers: "Controllers",
  addons: "Addons",
};

/** Returns the way to an address; what is last is no link. */
export function crumbsOf(location: string, titleOf: (kind: string) => string): Crumb[] {
  const [page = "", kind, ...rest] = location.split("/").slice(1).map(decode);
  const first: Crumb = { label: PAGES[page] ?? "Overview", to: `/${page}` };
  const crumbs = [first];
  if (kind === "new") crumbs.push({ label: "New kind" });
  else if (kind && page === "kinds") {
    crumbs.push({ label: titleOf(kind), to: routes.kind(kind) });
    if (rest[0]) crumbs.push({ label: "Edit" });
  } else if (kind) {
    crumbs.push({ label: titleOf(kind), to: routes.list(kind) }, ...ofResource(kind, rest));
  }
  const last = crumbs.at(-1)!;
  crumbs[crumbs.length - 1] = { label: last.label };
  return crumbs;
}

function ofResource(kind: string, [namespace, name, edit]: string[]): Crumb[] {
  if (!namespace) return [];
  if (!name) return [{ label: "New" }];
  const label = namespace === CLUSTER ? name : `${namespace}/${name}`;
  const crumb: Crumb = { label, to: routes.resource(kind, namespace === CLUSTER ? null : namespace, name) };
  return edit ? [crumb, { label: "Edit" }] : [crumb];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
