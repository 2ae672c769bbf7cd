import { at, isObject, type Json, type JsonObject } from "./json";
import type { Condition, Kind } from "./kinds";
import { valuesAt } from "./paths";

/** A resource as it is stored, under original names. */
export interface Raw {
  kind: string;
  group?: string;
  metadata: Metadata;
  spec?: Json;
  status?: Json;
  [section: string]: Json | Metadata | undefined;
}

export interface OwnerReference {
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  createdAt: string;
  updatedAt: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  deletionRequestedAt?: string | null;
}

/** What a table keeps of a resource: its cells, not its body. */
export interface Row {
  uid: string;
  name: string;
  namespace: string;
  labels: Record<string, string>;
  createdAt: string;
  version: string;
  deleting: boolean;
  ready: Condition | undefined;
  cells: Json[];
  /** The value that the table is ordered by. */
  key: Json;
  /** When a watch has last brought it, in milliseconds; 0 where it came with a list. */
  touchedAt: number;
}

export interface Order {
  path: string;
  descending: boolean;
}

const MAX_CELL = 200;

export function toRow(raw: Raw, kind: Kind, order: Order | undefined, touchedAt = 0): Row {
  const { metadata } = raw;
  const root = raw as unknown as Json;
  return {
    uid: metadata.uid,
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    labels: metadata.labels ?? {},
    createdAt: metadata.createdAt,
    version: metadata.resourceVersion,
    deleting: Boolean(metadata.deletionRequestedAt),
    ready: conditionsOf(raw).find(({ type }) => type === "Ready" || type === "Available"),
    cells: kind.columns.map(({ path }) => cellOf(valuesAt(root, path))),
    key: order ? (valuesAt(root, order.path)[0] ?? null) : null,
    touchedAt,
  };
}

function cellOf(values: Json[]): Json {
  if (values.length === 0) return null;
  if (values.length === 1 && (typeof values[0] !== "object" || values[0] === null)) return values[0]!;
  const text = values
    .map(value => (typeof value === "string" ? value : JSON.stringify(value, bigints)))
    .join(", ");
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text;
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Returns what looks like Kubernetes' conditions in a status. */
export function conditionsOf(raw: Raw): Condition[] {
  const conditions = at(raw.status, "conditions");
  if (!Array.isArray(conditions)) return [];
  return conditions.filter(
    (one): one is JsonObject & Condition =>
      isObject(one) && typeof one["type"] === "string" && typeof one["status"] === "string",
  );
}

/** Returns the comparison by which the server orders a list: the key, and then namespace and name. */
export function comparison(order: Order | undefined): (a: Row, b: Row) => number {
  const sign = order?.descending ? -1 : 1;
  return (a, b) =>
    (order ? sign * compareValues(a.key, b.key) : 0) ||
    compareTexts(a.namespace, b.namespace) ||
    compareTexts(a.name, b.name);
}

/** Orders values as the database does: nothing first, then numbers, texts, truth. */
function compareValues(a: Json, b: Json): number {
  const rank = (value: Json) =>
    value === null
      ? 0
      : typeof value === "number" || typeof value === "bigint"
        ? 1
        : typeof value === "string"
          ? 2
          : 3;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
