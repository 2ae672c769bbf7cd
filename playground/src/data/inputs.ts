import { request } from "./http";
import { isObject, type Json, type JsonObject } from "./json";

/** An input type as introspection tells it. */
export interface InputType {
  isOneOf: boolean;
  /** The bare types of the fields by their GraphQL names; undefined for scalars. */
  fields: ReadonlyMap<string, string | undefined> | undefined;
}

export interface Unknown {
  path: string;
  message: string;
}

export interface Converted {
  value: Json;
  /** Properties that the kind does not have. */
  unknown: Unknown[];
}

/** Answers input types by name; asks the server for each once. */
export class InputTypes {
  readonly #types = new Map<string, Promise<InputType>>();
  #wanted: string[] = [];
  #timer: Promise<void> | undefined;
  #answers = new Map<string, InputType>();

  get(name: string): Promise<InputType> {
    let type = this.#types.get(name);
    if (!type) {
      this.#wanted.push(name);
      this.#timer ??= Promise.resolve().then(() => this.#fetch());
      type = this.#timer.then(() => this.#answers.get(name) ?? { isOneOf: false, fields: undefined });
      this.#types.set(name, type);
    }
    return type;
  }

  /** Asks for all that has become wanted since the last time in as few requests as the server allows. */
  async #fetch(): Promise<void> {
    const names = this.#wanted;
    this.#wanted = [];
    this.#timer = undefined;
    for (let at = 0; at < names.length; at += 20) {
      const some = names.slice(at, at + 20);
      const query = some.map((name, index) => `t${index}: __type(name: "${name}") { ...T }`).join(" ");
      const answer = await request<Record<string, WireType | null>>(`{ ${query} } ${FRAGMENT}`);
      some.forEach((name, index) => {
        this.#answers.set(name, read(answer[`t${index}`]));
      });
    }
  }
}

interface WireRef {
  kind: string;
  name: string | null;
  ofType?: WireRef | null;
}

interface WireType {
  isOneOf?: boolean | null;
  inputFields: { name: string; type: WireRef }[] | null;
}

const FRAGMENT = `fragment T on __Type { isOneOf inputFields(includeDeprecated: true) { name type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }`;

function read(type: WireType | null | undefined): InputType {
  if (!type?.inputFields) return { isOneOf: false, fields: undefined };
  const fields = type.inputFields.map(({ name, type: ref }) => [name, inputNameOf(ref)] as const);
  return { isOneOf: type.isOneOf === true, fields: new Map(fields) };
}

function inputNameOf(ref: WireRef): string | undefined {
  if (ref.kind === "INPUT_OBJECT") return ref.name ?? undefined;
  return ref.ofType ? inputNameOf(ref.ofType) : undefined;
}

/** Where undeclared properties of an open object go. */
const UNDECLARED = "_extra";

/** Returns plain data under original names as a value of an input type; docs/definitions.md has the rules of names. */
export async function toInput(
  value: Json,
  type: string | undefined,
  types: Pick<InputTypes, "get">,
  path = "",
): Promise<Converted> {
  if (!type) return { value, unknown: [] };
  if (Array.isArray(value)) {
    const items = await Promise.all(
      value.map((item, index) => toInput(item, type, types, `${path}/${index}`)),
    );
    return { value: items.map(item => item.value), unknown: items.flatMap(item => item.unknown) };
  }
  if (!isObject(value)) return { value, unknown: [] };
  const { fields, isOneOf } = await types.get(type);
  if (!fields) return { value, unknown: [] };
  return isOneOf ? oneOf(value, fields, types, path) : properties(value, fields, types, path);
}

type Fields = NonNullable<InputType["fields"]>;

async function properties(
  value: JsonObject,
  fields: Fields,
  types: Pick<InputTypes, "get">,
  path: string,
): Promise<Converted> {
  const result: JsonObject = {};
  const extra: JsonObject = {};
  const unknown: Unknown[] = [];
  const isOpen = fields.has(UNDECLARED) && fields.get(UNDECLARED) === undefined;
  for (const [original, item] of Object.entries(value)) {
    const name = fieldFor(original, fields);
    const at = `${path}/${original.replace(/~/g, "~0").replace(/\//g, "~1")}`;
    if (name !== undefined) {
      const converted = await toInput(item, fields.get(name), types, at);
      result[name] = converted.value;
      unknown.push(...converted.unknown);
    } else if (isOpen) extra[original] = item;
    else unknown.push({ path: at, message: "is no field of this kind, or not one that can be set" });
  }
  if (Object.keys(extra).length) result[UNDECLARED] = extra;
  return { value: result, unknown };
}

/** One of several: either the one property that is there, or a member that a property's value names. */
async function oneOf(
  value: JsonObject,
  fields: Fields,
  types: Pick<InputTypes, "get">,
  path: string,
): Promise<Converted> {
  const names = Object.keys(value);
  if (names.length === 1 && fieldFor(names[0]!, fields)) return properties(value, fields, types, path);
  for (const [property, said] of Object.entries(value)) {
    const member = typeof said === "string" ? fieldFor(said, fields) : undefined;
    if (member === undefined) continue;
    const memberType = fields.get(member);
    const known = memberType ? (await types.get(memberType)).fields : undefined;
    const { [property]: _, ...rest } = value;
    const body = known && !fieldFor(property, known) ? rest : value;
    const converted = await toInput(body, memberType, types, path);
    return { value: { [member]: converted.value }, unknown: converted.unknown };
  }
  return properties(value, fields, types, path);
}

/** Returns the field of a property: its own name where GraphQL can write it, else the escaped one. */
export function fieldFor(original: string, fields: Fields): string | undefined {
  if (original === UNDECLARED || /^_(and|or|not)$/.test(original)) return undefined;
  if (/^(?!__)[_A-Za-z][_0-9A-Za-z]*$/.test(original)) {
    if (fields.has(original)) return original;
  }
  const escaped = escapeName(original);
  if (escaped !== original && fields.has(escaped)) return escaped;
  const hashed = [...fields.keys()].filter(
    name => name.startsWith(`${escaped}_`) && /^[0-9a-f]{6,}$/.test(name.slice(escaped.length + 1)),
  );
  return hashed.length === 1 ? hashed[0] : undefined;
}

function escapeName(original: string): string {
  let name = original.replace(/[^_0-9A-Za-z]/gu, "_");
  if (/^\d/.test(name)) name = `_${name}`;
  if (name.startsWith("__")) name = `_${name.replace(/^_+/, "")}`;
  return name;
}
