import { type Document, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { isEqual, isObject, type Json } from "~/data/json";

/** A place in a text, with what is wrong there. */
export interface Problem {
  from: number;
  to: number;
  message: string;
}

/** A text that was read: its value, or why it has none. */
export interface ParsedText {
  value: Json | undefined;
  problems: Problem[];
  document: Document.Parsed;
}

/** YAML as kubectl reads it, but that dates stay texts. JSON is read as well. */
const OPTIONS = {
  version: "1.1",
  intAsBigInt: true,
  uniqueKeys: true,
  merge: true,
  customTags: (tags: unknown[]) =>
    tags.filter(tag => typeof tag !== "object" || !NO_JSON.test(String((tag as { tag?: string }).tag))),
} as const;

const NO_JSON = /:(timestamp|binary|omap|pairs|set)$/;
const MAX_ALIASES = 1_000;

/** Reads YAML or JSON. */
export function parseText(text: string): ParsedText {
  const document = parseDocument(text, {
    ...OPTIONS,
    lineCounter: new LineCounter(),
  } as never) as Document.Parsed;
  const problems = document.errors.map(({ pos: [from, to], message }) => ({
    from,
    to: Math.max(to, from + 1),
    message: message.split("\n")[0]!.replace(/ at line \d+.*$/, ""),
  }));
  if (problems.length) return { value: undefined, problems, document };
  try {
    return { value: toJson(document.toJS({ maxAliasCount: MAX_ALIASES })), problems, document };
  } catch (error) {
    return { value: undefined, problems: [{ from: 0, to: 1, message: String(error) }], document };
  }
}

/** Integers come as bigint, so that none is rounded; those that are safe become numbers. */
function toJson(value: unknown): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value === undefined ? null : (value as Json);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}

/** Writes a new value into a text that had another, keeping its comments and its order. */
export function rewrite(text: string, before: Json, after: Json): string {
  const { document, problems } = parseText(text);
  if (problems.length || !isCollection(document.contents)) return write(after);
  change(document, [], before, after);
  return document.toString({ lineWidth: 0 });
}

export function write(value: Json): string {
  const document = parseText("{}").document;
  const fresh = document.createNode(value);
  unflow(fresh);
  document.contents = fresh as never;
  return document.toString({ lineWidth: 0 });
}

function unflow(node: unknown): void {
  if (isCollection(node)) node.flow = false;
}

function change(
  document: Document.Parsed,
  path: (string | number)[],
  before: Json | undefined,
  after: Json,
): void {
  if (isEqual(before, after)) return;
  const node = path.length ? document.getIn(path, true) : document.contents;
  if (isObject(before) && isObject(after) && isMap(node) && Object.keys(before).length) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) document.deleteIn([...path, key]);
    for (const [key, item] of Object.entries(after)) change(document, [...path, key], before[key], item);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && isSeq(node) && before.length === after.length) {
    for (const [index, item] of after.entries()) change(document, [...path, index], before[index], item);
    return;
  }
  if (isScalar(node) && (typeof after !== "object" || after === null)) node.value = after;
  else if (path.length) document.setIn(path, document.createNode(after));
  else document.contents = document.createNode(after) as never;
}

/** Returns where a JSON pointer points to in a text: the key where it is one, else the nearest thing above. */
export function locate(document: Document.Parsed, pointer: string): { from: number; to: number } {
  const steps = pointer
    .split("/")
    .slice(1)
    .map(step => step.replace(/~1/g, "/").replace(/~0/g, "~"));
  let node: unknown = document.contents;
  let found = rangeOf(node, 1);
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === step);
      if (!pair) break;
      found = rangeOf(pair.key);
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!node) break;
      found = rangeOf(node);
    } else break;
  }
  return found;
}

function rangeOf(node: unknown, longest = 400): { from: number; to: number } {
  const range = (node as { range?: [number, number, number] } | null)?.range;
  if (!range) return { from: 0, to: 1 };
  return { from: range[0], to: Math.max(range[0] + 1, Math.min(range[1], range[0] + longest)) };
}
