/** Addresses of the pages. The first words are those that `app/pages/playground.py` serves the page under. */
export const routes = {
  home: "/",
  kinds: "/kinds",
  newKind: "/kinds/new",
  kind: (name: string) => `/kinds/${part(name)}`,
  editKind: (name: string) => `/kinds/${part(name)}/edit`,
  resources: "/resources",
  list: (kind: string) => `/resources/${part(kind)}`,
  create: (kind: string) => `/resources/${part(kind)}/new`,
  resource: (kind: string, namespace: string | null | undefined, name: string) =>
    `/resources/${part(kind)}/${namespace ? part(namespace) : CLUSTER}/${part(name)}`,
  edit: (kind: string, namespace: string | null | undefined, name: string) =>
    `/resources/${part(kind)}/${namespace ? part(namespace) : CLUSTER}/${part(name)}/edit`,
  query: "/query",
  events: "/events",
  controllers: "/controllers",
  addons: "/addons",
} as const;

/** Stands where a cluster-scoped resource has no namespace; no namespace is called so. */
export const CLUSTER = "-";

/** Returns the namespace that a part of an address means. */
export function namespaceOf(part: string): string | undefined {
  return part === CLUSTER ? undefined : part;
}

function part(text: string): string {
  return encodeURIComponent(text);
}
