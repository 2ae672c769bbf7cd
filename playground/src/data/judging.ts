import type { RawDefinition } from "./definition";
import { Refused } from "./errors";
import { send } from "./http";
import { isObject, type JsonObject } from "./json";
import { patchBetween } from "./merge";
import { type Fault, verdictOf } from "./writing";

export interface Difference {
  path: string;
  change: string;
  audience: string;
  severity: "SAFE" | "DANGEROUS" | "BREAKING";
  message: string;
}

export interface Refusals {
  count: number;
  checked?: number;
  resources?: { namespace?: string; name: string; path: string; message: string }[];
}

/** What the server says of a definition. */
export interface DefinitionVerdict {
  state: "accepted" | "refused";
  faults: Fault[];
  error: unknown;
  changes: Difference[];
  refusals: Refusals | undefined;
}

const CREATE = `mutation Define($spec: ResourceDefinitionSpecInput!, $dryRun: Boolean) {
  createResourceDefinition(input: {spec: $spec}, dryRun: $dryRun) { metadata { name } }
}`;

const UPDATE = `mutation Redefine($name: String!, $patch: ResourceDefinitionPatch!, $version: String, $dryRun: Boolean) {
  updateResourceDefinition(name: $name, patch: $patch, resourceVersion: $version, dryRun: $dryRun) { metadata { name } }
}`;

interface WriteAnswer {
  createResourceDefinition?: { metadata: { name: string } } | null;
  updateResourceDefinition?: { metadata: { name: string } } | null;
}

interface WriteOptions {
  dryRun: boolean;
  allowBreaking?: boolean;
}

/** Defines a kind, or changes its definition; returns its name, and the extensions of the answer. */
export async function writeDefinition(
  base: RawDefinition | undefined,
  spec: JsonObject,
  { dryRun, allowBreaking = false }: WriteOptions,
): Promise<{ name: string; extensions: Record<string, unknown> }> {
  if (!base) {
    const { data, extensions } = await send<WriteAnswer>(CREATE, { spec, dryRun });
    return { name: data.createResourceDefinition?.metadata.name ?? "", extensions };
  }
  const changed = patchBetween(base.spec, spec);
  const patch = {
    spec: { ...(isObject(changed) ? changed : {}), ...(allowBreaking ? { allowBreaking } : {}) },
  };
  const { name, resourceVersion: version } = base.metadata;
  const { extensions } = await send<WriteAnswer>(UPDATE, { name, patch, version, dryRun });
  return { name, extensions };
}

/** Asks what would become of a definition. */
export async function judge(
  base: RawDefinition | undefined,
  spec: JsonObject,
  allowBreaking: boolean,
): Promise<DefinitionVerdict> {
  try {
    const { extensions } = await writeDefinition(base, spec, { dryRun: true, allowBreaking });
    return { state: "accepted", faults: [], error: undefined, ...consequences(extensions) };
  } catch (error) {
    const extensions = error instanceof Refused ? error.extensions : {};
    const { faults, error: other } = verdictOf(error);
    const said = consequences(extensions);
    const own = faults.map(withoutSpec).filter(fault => !isConsequence(fault, said.changes));
    return { state: "refused", faults: own, error: other, ...said };
  }
}

function consequences(extensions: Record<string, unknown>): Pick<DefinitionVerdict, "changes" | "refusals"> {
  const changes = (extensions["changes"] as Difference[] | undefined) ?? [];
  const refusals = (extensions["refusedResources"] as Refusals[] | undefined)?.[0];
  return { changes, refusals };
}

/** What a change breaks is told by its changes and its refused resources; here it would be said twice. */
function isConsequence({ path }: Fault, changes: readonly Difference[]): boolean {
  if (!changes.length) return false;
  return (
    path === "" || path === "/allowBreaking" || changes.some(change => withoutSpec(change).path === path)
  );
}

/** The text is the spec of the definition, so pointers begin there. */
function withoutSpec({ path, message }: Pick<Fault, "path" | "message">): Fault {
  return { path: path.replace(/^\/spec(?=\/|$)/, ""), message };
}
