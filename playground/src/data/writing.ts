import { Refused, type WireError } from "./errors";
import { send } from "./http";
import { InputTypes, toInput, type Unknown } from "./inputs";
import { isObject, type Json, type JsonObject } from "./json";
import type { Kind } from "./kinds";
import { patchBetween } from "./merge";
import type { Raw } from "./rows";

/** What somebody writes of a resource: metadata that is theirs, spec, and extra fields. */
export type Draft = JsonObject;

const OWN_METADATA = ["labels", "annotations", "finalizers", "ownerReferences"] as const;
const NOT_WRITTEN = new Set(["kind", "group", "apiVersion", "status"]);

/** Returns what of a resource can be edited. */
export function draftOf(raw: Raw): Draft {
  const { metadata, ...sections } = raw;
  const kept: JsonObject = { name: metadata.name };
  if (metadata.namespace) kept["namespace"] = metadata.namespace;
  for (const name of OWN_METADATA) {
    const value = metadata[name] as Json | undefined;
    if (value && Object.keys(value).length) kept[name] = value;
  }
  const draft: Draft = { metadata: kept };
  for (const [name, value] of Object.entries(sections)) {
    if (!NOT_WRITTEN.has(name) && value !== undefined && value !== null) draft[name] = value as Json;
  }
  return draft;
}

/** One thing that is wrong with a draft, by its JSON pointer. */
export interface Fault {
  path: string;
  message: string;
}

export interface Verdict {
  faults: Fault[];
  /** What is wrong as a whole, where no place can be told. */
  error: unknown;
}

/** Writes drafts of one kind, for real or as dry runs. */
export class Writer {
  readonly #types = new InputTypes();

  constructor(readonly kind: Kind) {}

  async create(draft: Draft, { dryRun }: { dryRun: boolean }): Promise<void> {
    const { names, name: K } = this.kind;
    const input = await this.#input(draft, `Create${K}Input`);
    await send(
      `mutation Create($input: Create${K}Input!, $dryRun: Boolean) { ${names.create}(input: $input, dryRun: $dryRun) { id } }`,
      { input, dryRun },
    );
  }

  /** Sends what has changed since `base`; refused with `CONFLICT` where somebody else was faster. */
  async update(base: Raw, draft: Draft, { dryRun }: { dryRun: boolean }): Promise<void> {
    const { names, name: K, scope } = this.kind;
    const before = draftOf(base);
    const patch = patchBetween(before, draft);
    if (!isObject(patch)) return;
    const input = await this.#input(withoutIdentity(patch), `${K}Patch`);
    const { name, namespace, resourceVersion } = base.metadata;
    const [declared, passed] =
      scope === "CLUSTER" ? ["", ""] : ["$namespace: String, ", "namespace: $namespace, "];
    await send(
      `mutation Update(${declared}$name: String!, $patch: ${K}Patch!, $resourceVersion: String, $dryRun: Boolean) {
        ${names.update}(${passed}name: $name, patch: $patch, resourceVersion: $resourceVersion, dryRun: $dryRun) { id }
      }`,
      { name, patch: input, resourceVersion, dryRun, ...(scope === "CLUSTER" ? {} : { namespace }) },
    );
  }

  async #input(body: JsonObject, type: string): Promise<Json> {
    const { value, unknown } = await toInput(withoutNotWritten(body), type, this.#types);
    if (unknown.length) throw new UnknownFields(unknown);
    return value;
  }
}

/** The draft has properties that its kind does not know. */
export class UnknownFields extends Error {
  constructor(readonly unknown: readonly Unknown[]) {
    super(`${unknown[0]?.path} ${unknown[0]?.message}`);
  }
}

/** Returns what an error says about places of a draft. */
export function verdictOf(error: unknown): Verdict {
  if (error === undefined) return { faults: [], error: undefined };
  if (error instanceof UnknownFields) return { faults: [...error.unknown], error: undefined };
  if (!(error instanceof Refused)) return { faults: [], error };
  const faults = error.errors.flatMap(faultsOf);
  return { faults, error: faults.length ? undefined : error };
}

/** `INVALID` has pointers; what does not fit its GraphQL type is told by the path of a variable. */
function faultsOf(error: WireError): Fault[] {
  const failures = error.extensions?.failures;
  if (failures?.length) return failures.map(({ path, message }) => ({ path, message }));
  const match = /^Variable '\$\w+' has invalid value(?: at \.?(\S+))?: (.*)$/s.exec(error.message);
  if (!match) return [];
  const path = (match[1] ?? "").replace(/\[(\d+)\]/g, ".$1");
  const place = path ? `/${path.split(".").join("/")}` : "";
  const said = match[2] ?? "";
  const missing = /to include required field '(\w+)'/.exec(said);
  if (missing) return [{ path: `${place}/${missing[1]}`, message: "is required" }];
  const extra = /not to include unknown field '(\w+)'/.exec(said);
  if (extra) return [{ path: `${place}/${extra[1]}`, message: "is no field of this kind" }];
  return [{ path: place, message: plainly(said) }];
}

/** Cuts off the value that GraphQL repeats: the reader has it before their eyes. */
function plainly(message: string): string {
  return message.replace(/, found: .*$/s, ".");
}

function withoutIdentity(patch: JsonObject): JsonObject {
  const { metadata, ...rest } = patch;
  if (!isObject(metadata)) return rest;
  const { name: _, namespace: __, ...kept } = metadata;
  return Object.keys(kept).length ? { ...rest, metadata: kept } : rest;
}

function withoutNotWritten(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_WRITTEN.has(name)));
}
