import { useEffect, useState } from "react";
import { request } from "./http";
import { isObject, type Json, type JsonObject } from "./json";
import type { Kind } from "./kinds";

/** A place that can be asked for: its GraphQL path, and what can be asked. */
export interface FilterField {
  path: string;
  operators: { name: string; isList: boolean; type: string }[];
  values: string[];
}

export interface Condition {
  path: string;
  operator: string;
  value: Json;
}

interface TypeRef {
  kind: string;
  name: string | null;
  ofType?: TypeRef | null;
}

interface TypeAnswer {
  [alias: string]: {
    inputFields: { name: string; type: TypeRef }[] | null;
    enumValues: { name: string }[] | null;
  } | null;
}

const MAX_FIELDS = 400;
const MAX_DEPTH = 6;
const TYPE = `inputFields { name type { kind name ofType { kind name ofType { kind name } } } } enumValues { name }`;

/** Returns what can be asked of a kind's resources, level by level until there is enough. */
export function useFilterFields(kind: Kind, wanted: boolean): FilterField[] | undefined {
  const [fields, setFields] = useState<FilterField[]>();
  const { name, generation } = kind;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation has other fields
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    readFields(name, stop.signal).then(setFields, () => setFields([]));
    return () => stop.abort();
  }, [name, generation, wanted]);
  return fields;
}

async function readFields(kind: string, signal: AbortSignal): Promise<FilterField[]> {
  const found: FilterField[] = [];
  const types = new Map<string, NonNullable<TypeAnswer[string]>>();
  let level = [{ path: "", type: `${kind}Filter` }];
  for (let depth = 0; level.length && depth < MAX_DEPTH && found.length < MAX_FIELDS; depth += 1) {
    await fetchTypes(new Set(level.map(({ type }) => type)), types, signal);
    const next: typeof level = [];
    for (const { path, type } of level) {
      const fields = (types.get(type)?.inputFields ?? []).filter(({ name }) => !/^_(and|or|not)$/.test(name));
      if (isLeaf(fields)) found.push({ path, operators: fields.map(operatorOf), values: [] });
      else next.push(...fields.flatMap(field => follow(path, field)));
    }
    level = next;
  }
  await addValues(found, types, signal);
  return found.slice(0, MAX_FIELDS);
}

function follow(path: string, field: { name: string; type: TypeRef }) {
  const type = named(field.type);
  return type ? [{ path: path ? `${path}.${field.name}` : field.name, type }] : [];
}

function isLeaf(fields: { name: string }[]): boolean {
  return fields.some(({ name }) => name === "exists") && fields.every(({ name }) => OPERATORS.has(name));
}

const OPERATORS = new Set([
  "eq",
  "ne",
  "in",
  "notIn",
  "lt",
  "lte",
  "gt",
  "gte",
  "exists",
  "startsWith",
  "contains",
]);

function operatorOf({ name, type }: { name: string; type: TypeRef }) {
  const bare = type.kind === "NON_NULL" && type.ofType ? type.ofType : type;
  return { name, isList: bare.kind === "LIST", type: named(type) ?? "String" };
}

function named(type: TypeRef): string | null {
  return type.name ?? (type.ofType ? named(type.ofType) : null);
}

async function addValues(
  fields: FilterField[],
  types: Map<string, NonNullable<TypeAnswer[string]>>,
  signal: AbortSignal,
): Promise<void> {
  const enums = new Set(
    fields.flatMap(({ operators }) => operators.map(({ type }) => type)).filter(isEnumName),
  );
  await fetchTypes(enums, types, signal);
  for (const field of fields) {
    const type = field.operators.find(({ name }) => name === "eq")?.type;
    field.values = (type && types.get(type)?.enumValues?.map(({ name }) => name)) || [];
  }
}

function isEnumName(type: string): boolean {
  return !["String", "Int", "Float", "Boolean", "BigInt", "DateTime", "ID", "JSON", "IntOrString"].includes(
    type,
  );
}

async function fetchTypes(
  wanted: ReadonlySet<string>,
  types: Map<string, NonNullable<TypeAnswer[string]>>,
  signal: AbortSignal,
): Promise<void> {
  const names = [...wanted].filter(name => !types.has(name));
  for (let at = 0; at < names.length; at += 20) {
    const some = names.slice(at, at + 20);
    const query = some.map((name, index) => `t${index}: __type(name: "${name}") { ${TYPE} }`).join("\n");
    const answer = await request<TypeAnswer>(`{ ${query} }`, {}, signal);
    some.forEach((name, index) => {
      types.set(name, answer[`t${index}`] ?? { inputFields: null, enumValues: null });
    });
  }
}

/** Returns conditions as the argument `where`: all of them must hold. */
export function toWhere(conditions: readonly Condition[]): JsonObject | undefined {
  if (!conditions.length) return undefined;
  const each = conditions.map(({ path, operator, value }) =>
    path.split(".").reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), { [operator]: value }),
  );
  return each.length === 1 ? each[0] : { _and: each };
}

/** Returns the conditions of a `where` that `toWhere` has made; undefined for any other. */
export function fromWhere(where: Json | undefined): Condition[] | undefined {
  if (where === undefined) return [];
  if (!isObject(where)) return undefined;
  const parts = Array.isArray(where["_and"]) && Object.keys(where).length === 1 ? where["_and"] : [where];
  const conditions = parts.map(oneCondition);
  return conditions.every(condition => condition !== undefined) ? conditions : undefined;
}

function oneCondition(part: Json): Condition | undefined {
  const path: string[] = [];
  let here: Json | undefined = part;
  while (isObject(here)) {
    const [entry, more]: [string, Json][] = Object.entries(here);
    if (!entry || more) return undefined;
    if (OPERATORS.has(entry[0]) && path.length)
      return { path: path.join("."), operator: entry[0], value: entry[1] };
    path.push(entry[0]);
    here = entry[1];
  }
  return undefined;
}

/** Reads what somebody has typed as a value of an operator's type. */
export function parseValue(text: string, type: string, isList: boolean): Json {
  if (isList) return text.split(",").map(item => parseValue(item.trim(), type, false));
  if (type === "Boolean") return text === "true";
  if (/^(Int|Float|BigInt)$/.test(type) && /^-?\d+(\.\d+)?$/.test(text)) {
    const number = Number(text);
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
  }
  return text;
}
