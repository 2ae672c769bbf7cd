import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { DEFINITION_KEYS, KEYWORDS, VALUES } from "./vocabulary";

/** What stands at a place of a definition: a definition, a schema, a map of schemas under free names, or else. */
type Place = "definition" | "schema" | "schemas" | "column" | "index" | "other";

const MAPS = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);
const SCHEMAS = new Set([
  "items",
  "additionalProperties",
  "not",
  "if",
  "then",
  "else",
  "contains",
  "propertyNames",
]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);

/** Completes keys and values of a definition, in YAML and in indented JSON. */
export function completeDefinition(context: CompletionContext): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = /^\s*(?:- )?"?([$\w-]+)"?:\s*"?([\w./$#-]*)$/.exec(before);
  if (value) return values(value[1]!, context.pos - value[2]!.length);
  const key = /^\s*(?:- )*"?([$\w-]*)$/.exec(before);
  if (!key || (!key[1] && !context.explicit && !/^\s+$/.test(before))) return null;
  const lines = context.state.doc.sliceString(0, line.from).split("\n").slice(0, -1);
  const options = optionsAt(placeAt(pathAt(lines, before)));
  const suffix = before.includes('"') ? '": ' : ": ";
  return options.length
    ? {
        from: context.pos - key[1]!.length,
        options: options.map(one => ({ ...one, apply: `${one.label}${suffix}` })),
      }
    : null;
}

function values(key: string, from: number): CompletionResult | null {
  const known = VALUES[key];
  return known ? { from, options: known.map(label => ({ label, type: "constant" })) } : null;
}

function optionsAt(place: Place): readonly Completion[] {
  if (place === "definition") return DEFINITION_KEYS;
  if (place === "schema") return KEYWORDS;
  if (place === "column") return ["name", "path", "type"].map(label => ({ label }));
  return place === "index" ? ["fields", "unique"].map(label => ({ label })) : [];
}

/** Returns the keys above a line, by their indentation. */
export function pathAt(lines: readonly string[], current: string): string[] {
  const path: string[] = [];
  let indent = indentOf(current);
  for (let at = lines.length - 1; at >= 0 && indent > 0; at -= 1) {
    const match = /^(\s*(?:- )*)"?([^":\s][^":]*)"?\s*:/.exec(lines[at]!);
    if (!match) continue;
    const dash = match[1]!.indexOf("-");
    const own = match[1]!.length;
    if (own < indent && !(dash >= 0 && dash >= indent)) {
      path.unshift(match[2]!.trim());
      indent = dash >= 0 ? dash : own;
    } else if (dash >= 0 && dash < indent) indent = dash;
  }
  return path;
}

function indentOf(text: string): number {
  const match = /^\s*(?:- )*/.exec(text);
  return match ? match[0].length : 0;
}

export function placeAt(path: readonly string[]): Place {
  let place: Place = "definition";
  for (const key of path) {
    if (place === "definition") {
      place =
        key === "schema" || key === "statusSchema"
          ? "schema"
          : key === "extraFields"
            ? "schemas"
            : key === "columns"
              ? "column"
              : key === "indexes"
                ? "index"
                : "other";
    } else if (place === "schemas") place = "schema";
    else if (place === "schema") {
      place = MAPS.has(key) ? "schemas" : SCHEMAS.has(key) || LISTS.has(key) ? "schema" : "other";
    } else return "other";
  }
  return place;
}
