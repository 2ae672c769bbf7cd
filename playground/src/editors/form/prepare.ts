import type { RJSFSchema } from "@rjsf/utils";
import { isObject, type Json } from "~/data/json";

/** Marks a place that the form shows as JSON. */
export const AS_JSON = "x-playground-json";

const MAX_DEPTH = 24;
const MAX_NODES = 6_000;

/** Returns a schema as the form library reads it: what it cannot make fields of is marked, what says too much is cut. */
export function prepare(schema: Json): RJSFSchema {
  let nodes = 0;
  const visit = (value: Json | undefined, depth: number): RJSFSchema => {
    nodes += 1;
    if (!isObject(value) || depth > MAX_DEPTH || nodes > MAX_NODES) return { [AS_JSON]: true } as RJSFSchema;
    const { properties, items, additionalProperties, $defs, definitions, oneOf, anyOf, ...rest } = value;
    const result = { ...rest } as RJSFSchema;
    delete result["allOf"];
    delete result["not"];
    delete result["if"];
    delete result["patternProperties"];
    delete result["discriminator"];
    if (isObject($defs)) result["$defs"] = each($defs, depth);
    if (isObject(definitions)) result["definitions"] = each(definitions, depth);
    if (rest["$ref"]) return result;
    if (isObject(properties)) {
      result.properties = each(withoutReadOnly(properties), depth);
      result.type = "object";
    }
    const isMixed = Array.isArray(rest["type"]) && rest["type"].filter(type => type !== "null").length > 1;
    if (isMixed || rest["x-kubernetes-int-or-string"]) return asJson(result);
    if (Array.isArray(rest["type"])) result.type = rest["type"].find(type => type !== "null") as "string";
    if (isObject(items)) result.items = visit(items, depth + 1);
    if (isObject(additionalProperties)) {
      result.additionalProperties = visit(additionalProperties, depth + 1);
      result.type = "object";
    }
    const branches = (Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : []).filter(
      branch => isObject(branch) && (branch["properties"] || branch["$ref"]),
    );
    if (branches.length > 1) result.oneOf = branches.map(branch => titled(visit(branch, depth + 1), branch));
    return needsJson(result) ? asJson(result) : result;
  };
  const each = (values: Record<string, Json>, depth: number) =>
    Object.fromEntries(Object.entries(values).map(([name, child]) => [name, visit(child, depth + 1)]));
  return visit(schema, 0);
}

function needsJson(schema: RJSFSchema): boolean {
  if (schema.$ref || schema.oneOf || schema.enum || schema.const !== undefined) return false;
  if (schema.type === "object") return !schema.properties && !isObject(schema.additionalProperties);
  if (schema.type === "array") return !schema.items;
  return schema.type === undefined;
}

function asJson({ title, description, default: value }: RJSFSchema): RJSFSchema {
  return { title, description, default: value, [AS_JSON]: true } as RJSFSchema;
}

function withoutReadOnly(properties: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(properties).filter(([, child]) => !(isObject(child) && child["readOnly"] === true)),
  );
}

/** Names a branch by the value that tells it from the others. */
function titled(schema: RJSFSchema, branch: Json): RJSFSchema {
  if (schema.title || !isObject(branch) || !isObject(branch["properties"])) return schema;
  const said = Object.values(branch["properties"]).find(
    child => isObject(child) && typeof child["const"] === "string",
  );
  return isObject(said) ? { ...schema, title: String(said["const"]) } : schema;
}

/** Counts the subschemas of a schema, up to a limit. */
export function sizeOf(schema: Json, limit = MAX_NODES): number {
  const left: Json[] = [schema];
  let count = 0;
  while (left.length && count < limit) {
    const here = left.pop()!;
    count += 1;
    if (typeof here === "object" && here !== null) left.push(...Object.values(here).filter(isObject));
  }
  return count;
}
