import type { Kind } from "~/data/kinds";

/** In addresses, stands for the kinds that have no group. */
const NO_GROUP = "-";

/** Returns the kinds in which every word of a text is found: names first, then groups and descriptions. */
export function search(kinds: readonly Kind[], text: string, group?: string): Kind[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return kinds.filter(kind => {
    if (group !== undefined && (kind.group || NO_GROUP) !== group) return false;
    const hay =
      `${kind.kind} ${kind.name} ${kind.group} ${kind.names.plural ?? ""} ${kind.description}`.toLowerCase();
    return words.every(word => hay.includes(word));
  });
}

export interface KindSort {
  by: "name" | "group" | "count" | "age";
  descending: boolean;
}

export function sortKinds(
  kinds: readonly Kind[],
  { by, descending }: KindSort,
  counts: ReadonlyMap<string, number>,
): Kind[] {
  const count = (kind: Kind) => counts.get(kind.name) ?? kind.stored;
  const compare: Record<KindSort["by"], (a: Kind, b: Kind) => number> = {
    name: (a, b) => text(a.kind, b.kind) || text(a.group, b.group),
    group: (a, b) => text(a.group, b.group) || text(a.kind, b.kind),
    count: (a, b) => count(a) - count(b) || text(b.kind, a.kind),
    age: (a, b) => text(b.createdAt, a.createdAt) || text(a.kind, b.kind),
  };
  const ordered = [...kinds].sort(compare[by]);
  return descending ? ordered.reverse() : ordered;
}

/** Returns the groups with the number of their kinds, by name; the empty one first. */
export function groupsOf(kinds: readonly Kind[]): [string, number][] {
  const groups = new Map<string, number>();
  for (const { group } of kinds) groups.set(group, (groups.get(group) ?? 0) + 1);
  return [...groups].sort(([a], [b]) => text(a, b));
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
