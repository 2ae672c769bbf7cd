import { isObject, type Json } from "./json";

/** One step of a column's path; `match` picks the items of a list whose value at a path equals a scalar. */
type Step =
  | { property: string }
  | { index: number }
  | { every: true }
  | { match: string[]; value: string | number | boolean | null; equal: boolean };

const NAME = /(?:[^.[\]\\]|\\.)+/y;
const BRACKET =
  /\[\s*(?:(?<index>-?\d{1,9})|(?<every>\*)|'(?<single>(?:[^'\\]|\\.)*)'|"(?<double>(?:[^"\\]|\\.)*)"|\?\(\s*@\.(?<path>[\w.-]+)\s*(?<operator>==|!=)\s*(?:'(?<value1>(?:[^'\\]|\\.)*)'|"(?<value2>(?:[^"\\]|\\.)*)"|(?<bare>true|false|null|-?\d{1,15}))\s*\))\s*\]/y;

const parsed = new Map<string, Step[] | undefined>();

/** Returns what stands at a column's path (`app/cli/paths.py` has the grammar): nothing, one value or several. */
export function valuesAt(root: Json, path: string): Json[] {
  if (!parsed.has(path)) parsed.set(path, parse(path));
  let values: Json[] = [root];
  for (const step of parsed.get(path) ?? []) values = values.flatMap(value => children(value, step));
  return parsed.get(path) ? values : [];
}

/** Returns the steps of a path, undefined where it is none. */
export function parse(path: string): Step[] | undefined {
  const steps: Step[] = [];
  let at = path.startsWith("$") ? 1 : 0;
  while (at < path.length) {
    const bracket = path[at] === "[";
    if (path[at] === ".") at += 1;
    const pattern = bracket ? BRACKET : NAME;
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    if (!match) return undefined;
    steps.push(bracket ? bracketStep(match.groups ?? {}) : { property: unescaped(match[0]) });
    at = pattern.lastIndex;
  }
  return steps.length ? steps : undefined;
}

function bracketStep(groups: Record<string, string | undefined>): Step {
  if (groups["index"] !== undefined) return { index: Number(groups["index"]) };
  if (groups["every"]) return { every: true };
  if (groups["path"]) {
    const quoted = groups["value1"] ?? groups["value2"];
    const value = quoted !== undefined ? unescaped(quoted) : (JSON.parse(groups["bare"] ?? "null") as null);
    return { match: groups["path"].split("."), value, equal: groups["operator"] === "==" };
  }
  return { property: unescaped(groups["single"] ?? groups["double"] ?? "") };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

function children(value: Json, step: Step): Json[] {
  if ("property" in step) {
    return isObject(value) && Object.hasOwn(value, step.property) ? [value[step.property]!] : [];
  }
  if ("every" in step) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (!Array.isArray(value)) return [];
  if ("index" in step) {
    const item = value.at(step.index);
    return item === undefined ? [] : [item];
  }
  return value.filter(item => {
    const found = step.match.reduce<Json | undefined>(
      (here, name) => (isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined),
      item,
    );
    return (found === step.value) === step.equal;
  });
}
