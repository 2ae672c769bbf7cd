import { Store } from "~/data/store";

const KEY = "kindgraph.recent";
const MAX = 6;

/** Names of the kinds whose resources were looked at last, newest first. */
export const recentKinds = new Store<readonly string[]>(stored());

export function visited(kind: string): void {
  const names = recentKinds.get();
  if (names.includes(kind)) return;
  recentKinds.set([kind, ...names].slice(0, MAX));
  localStorage.setItem(KEY, JSON.stringify(recentKinds.get()));
}

function stored(): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(names) ? names.filter(name => typeof name === "string").slice(0, MAX) : [];
  } catch {
    return [];
  }
}
