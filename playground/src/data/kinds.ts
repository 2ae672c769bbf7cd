import { pause } from "./connection";
import { messageOf } from "./errors";
import { request } from "./http";
import { Batch, Store } from "./store";
import { follow, type WatchEvent } from "./watch";

export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string | null;
  message: string | null;
  lastTransitionTime: string | null;
}

export interface Column {
  name: string;
  path: string;
  type: string | null;
}

export interface KindNames {
  type: string;
  singular: string;
  plural: string;
  create: string;
  update: string;
  replace: string;
  apply: string;
  updateStatus: string;
  delete: string;
  watch: string;
}

/** What the playground knows of every kind; schemas are read when one is looked at. */
export interface Kind {
  /** The name of the definition, which is the kind's GraphQL name. */
  name: string;
  kind: string;
  group: string;
  scope: "NAMESPACED" | "CLUSTER";
  description: string;
  columns: Column[];
  indexes: { fields: string[]; unique: boolean | null }[];
  names: KindNames;
  conditions: Condition[];
  builtIn: boolean;
  stored: number;
  degraded: number;
  migration: { state: string; done: number; total: number } | undefined;
  generation: number;
  createdAt: string;
  deleting: boolean;
  /** When it was last seen to change, in milliseconds; 0 where it has not. */
  touchedAt: number;
}

export interface KindsState {
  phase: "loading" | "ready" | "failed";
  error: string;
  /** By name, sorted by it. */
  kinds: ReadonlyMap<string, Kind>;
}

export const kindsStore = new Store<KindsState>({ phase: "loading", error: "", kinds: new Map() });

interface Definition {
  metadata: { name: string; createdAt: string; generation: number; deletionRequestedAt: string | null };
  spec: {
    kind: string;
    group: string | null;
    scope: "NAMESPACED" | "CLUSTER" | null;
    description: string | null;
    columns: Column[] | null;
    indexes: { fields: string[]; unique: boolean | null }[] | null;
  };
  status: {
    builtIn: boolean | null;
    storedResources: number | null;
    conditions: Condition[] | null;
    degraded: { count: number } | null;
    migration: { state: string; done: number; total: number } | null;
    names: KindNames | null;
  } | null;
}

const FIELDS = `metadata { name createdAt generation deletionRequestedAt }
  spec { kind group scope description columns { name path type } indexes { fields unique } }
  status {
    builtIn storedResources
    conditions { type status reason message lastTransitionTime }
    degraded { count } migration { state done total }
    names { type singular plural create update replace apply updateStatus delete watch }
  }`;

const LIST = `query Kinds($after: String, $at: String) {
  resourceDefinitions(first: 250, after: $after, resourceVersion: $at) {
    resourceVersion pageInfo { hasNextPage endCursor } nodes { ${FIELDS} }
  }
}`;

const WATCH = `subscription WatchKinds($resourceVersion: String) {
  watchResourceDefinitions(resourceVersion: $resourceVersion) { type resourceVersion object { ${FIELDS} } }
}`;

interface ListAnswer {
  resourceDefinitions: {
    resourceVersion: string;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    nodes: Definition[];
  };
}

/** Keeps `kindsStore` as the server has it, until the signal says stop. */
export async function followKinds(signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const resourceVersion = await list(signal);
      attempt = 0;
      const batch = new Batch<WatchEvent<Definition>>(apply);
      await follow<Definition>({
        document: WATCH,
        resourceVersion,
        signal,
        onEvent: event => batch.add(event),
        onEnd: () => batch.flush(),
      });
    } catch (error) {
      if (signal.aborted) return;
      kindsStore.update(state =>
        state.phase === "ready" ? state : { ...state, phase: "failed", error: messageOf(error) },
      );
    }
    await pause(attempt, signal);
  }
}

async function list(signal: AbortSignal): Promise<string> {
  const kinds = new Map<string, Kind>();
  let at: string | undefined;
  let after: string | null | undefined;
  for (;;) {
    const answer = await request<ListAnswer>(LIST, { after, at }, signal);
    const { nodes, pageInfo, resourceVersion } = answer.resourceDefinitions;
    at ??= resourceVersion;
    for (const node of nodes) kinds.set(node.metadata.name, toKind(node));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
    if (kindsStore.get().phase !== "ready")
      kindsStore.set({ phase: "ready", error: "", kinds: new Map(kinds) });
  }
  kindsStore.set({ phase: "ready", error: "", kinds: sorted(kinds) });
  return at;
}

function apply(events: WatchEvent<Definition>[]): void {
  kindsStore.update(state => {
    const kinds = new Map(state.kinds);
    let added = false;
    for (const { type, object } of events) {
      if (!object) continue;
      const { name } = object.metadata;
      added ||= !kinds.has(name);
      if (type === "DELETED") kinds.delete(name);
      else kinds.set(name, toKind(object, Date.now()));
    }
    return { ...state, kinds: added ? sorted(kinds) : kinds };
  });
}

function sorted(kinds: Map<string, Kind>): Map<string, Kind> {
  return new Map([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function toKind({ metadata, spec, status }: Definition, touchedAt = 0): Kind {
  const names = status?.names;
  return {
    name: metadata.name,
    kind: spec.kind,
    group: spec.group ?? "",
    scope: spec.scope ?? "NAMESPACED",
    description: spec.description ?? "",
    columns: spec.columns ?? [],
    indexes: spec.indexes ?? [],
    names: names ?? ({ type: metadata.name } as KindNames),
    conditions: status?.conditions ?? [],
    builtIn: status?.builtIn ?? false,
    stored: Number(status?.storedResources ?? 0),
    degraded: status?.degraded?.count ?? 0,
    migration: status?.migration ?? undefined,
    generation: metadata.generation,
    createdAt: metadata.createdAt,
    deleting: metadata.deletionRequestedAt !== null,
    touchedAt,
  };
}

/** Whether a kind can be used: its conditions all hold. */
export function isServed(kind: Kind): boolean {
  return Boolean(kind.names.plural) && kind.conditions.every(condition => condition.status === "True");
}

/** The last word of a field's name, for headings: `netExampleOrg_services` is `services`. */
export function pluralOf(kind: Kind): string {
  return kind.names.plural?.split("_").at(-1) ?? kind.name;
}
