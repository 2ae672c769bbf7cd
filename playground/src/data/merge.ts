import { isEqual, isObject, type Json, type JsonObject } from "./json";

/** A place that two have changed differently. `undefined` stands for nothing there. */
export interface Conflict {
  path: string[];
  base: Json | undefined;
  mine: Json | undefined;
  theirs: Json | undefined;
}

export interface Merged {
  /** With mine where there is a conflict. */
  value: Json | undefined;
  conflicts: Conflict[];
}

/** Merges two changes of one value: objects key by key, anything else as a whole. */
export function merge(
  base: Json | undefined,
  mine: Json | undefined,
  theirs: Json | undefined,
  path: string[] = [],
): Merged {
  if (isEqual(mine, theirs) || isEqual(theirs, base)) return { value: mine, conflicts: [] };
  if (isEqual(mine, base)) return { value: theirs, conflicts: [] };
  if (isObject(mine) && isObject(theirs)) return mergeObjects(isObject(base) ? base : {}, mine, theirs, path);
  return { value: mine, conflicts: [{ path, base, mine, theirs }] };
}

function mergeObjects(base: JsonObject, mine: JsonObject, theirs: JsonObject, path: string[]): Merged {
  const value: JsonObject = {};
  const conflicts: Conflict[] = [];
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const merged = merge(own(base, key), own(mine, key), own(theirs, key), [...path, key]);
    if (merged.value !== undefined) value[key] = merged.value;
    conflicts.push(...merged.conflicts);
  }
  return { value, conflicts };
}

function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Returns a value with another at a path; `undefined` takes away what is there. */
export function withValueAt(
  root: Json | undefined,
  path: readonly string[],
  value: Json | undefined,
): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = isObject(root) ? root : {};
  const { [key]: child, ...others } = before;
  const changed = withValueAt(child, rest, value);
  return changed === undefined ? others : { ...before, [key]: changed };
}

/** Returns the JSON merge patch (RFC 7386) that makes `after` of `before`; undefined where they are equal. */
export function patchBetween(before: Json | undefined, after: Json | undefined): Json | undefined {
  if (isEqual(before, after)) return undefined;
  if (!isObject(before) || !isObject(after)) return after ?? null;
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch[key] = null;
  for (const [key, item] of Object.entries(after)) {
    const change = patchBetween(own(before, key), item);
    if (change !== undefined) patch[key] = change;
  }
  return patch;
}
