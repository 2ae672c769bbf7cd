import { at, isObject, type Json, type JsonObject } from "./json";

export interface TypeNode {
  id: string;
  title: string;
  level: number;
  /** The fields that are no objects of their own. */
  fields: string[];
  hidden: number;
  /** Whether it is another kind. */
  isKind: boolean;
}

export interface TypeEdge {
  from: string;
  to: string;
  label: string;
}

export interface TypeGraphData {
  nodes: TypeNode[];
  edges: TypeEdge[];
  isCut: boolean;
}

const MAX_NODES = 120;
const MAX_LEVEL = 12;
const MAX_FIELDS = 8;

/** Returns the object types of a definition, and the kinds that it names, as a graph that can be drawn. */
export function typeGraphOf(spec: JsonObject): TypeGraphData {
  const graph: TypeGraphData = { nodes: [], edges: [], isCut: false };
  const roots: [string, Json | undefined][] = [
    ["spec", spec["schema"]],
    ["status", spec["statusSchema"]],
    ...Object.entries(isObject(spec["extraFields"]) ? spec["extraFields"] : {}),
  ];
  const kind = String(spec["kind"] ?? "?");
  graph.nodes.push({ id: "", title: kind, level: 0, fields: [], hidden: 0, isKind: false });
  const queue: {
    id: string;
    title: string;
    schema: JsonObject;
    root: JsonObject;
    level: number;
    via: TypeEdge;
  }[] = [];
  const enqueue = (from: string, name: string, value: Json | undefined, root: JsonObject, level: number) => {
    const { schema, suffix } = objectOf(value, root);
    if (!schema) return false;
    const id = `${from}/${name}`;
    queue.push({ id, title: name, schema, root, level, via: { from, to: id, label: suffix } });
    return true;
  };
  for (const [name, schema] of roots) if (isObject(schema)) enqueue("", name, schema, schema, 1);
  while (queue.length) {
    const { id, title, schema, root, level, via } = queue.shift()!;
    if (graph.nodes.length >= MAX_NODES || level > MAX_LEVEL) {
      graph.isCut = true;
      break;
    }
    const fields: string[] = [];
    for (const [name, child] of Object.entries(propertiesOf(schema))) {
      addReference(graph, id, name, child, level + 1);
      if (!enqueue(id, name, child, root, level + 1)) fields.push(`${name}: ${typeOf(child)}`);
    }
    const shown = fields.slice(0, MAX_FIELDS);
    graph.nodes.push({
      id,
      title,
      level,
      fields: shown,
      hidden: fields.length - shown.length,
      isKind: false,
    });
    graph.edges.push(via);
  }
  return graph;
}

function addReference(graph: TypeGraphData, from: string, name: string, schema: Json, level: number): void {
  const target = at(schema, "x-kindgraph-ref", "kind") ?? at(schema, "items", "x-kindgraph-ref", "kind");
  if (typeof target !== "string") return;
  const id = `kind ${target}`;
  if (!graph.nodes.some(node => node.id === id)) {
    graph.nodes.push({ id, title: target, level, fields: [], hidden: 0, isKind: true });
  }
  graph.edges.push({ from, to: id, label: name });
}

/** Returns the schema of an object with properties, looking through references, lists and maps. */
function objectOf(
  value: Json | undefined,
  root: JsonObject,
): { schema: JsonObject | undefined; suffix: string } {
  let here = value;
  let suffix = "";
  for (let step = 0; step < 8 && isObject(here); step += 1) {
    if (typeof here["$ref"] === "string") here = resolve(here["$ref"], root);
    else if (Object.keys(propertiesOf(here)).length) return { schema: here, suffix };
    else if (isObject(here["items"])) {
      here = here["items"];
      suffix += "[]";
    } else if (isObject(here["additionalProperties"])) {
      here = here["additionalProperties"];
      suffix += "{}";
    } else break;
  }
  return { schema: undefined, suffix };
}

function propertiesOf(schema: JsonObject): JsonObject {
  return isObject(schema["properties"]) ? schema["properties"] : {};
}

function typeOf(schema: Json): string {
  if (!isObject(schema)) return "any";
  if (Array.isArray(schema["enum"])) return "enum";
  if (isObject(schema["items"])) return `${typeOf(schema["items"])}[]`;
  const type = schema["type"];
  return Array.isArray(type) ? type.join(" | ") : typeof type === "string" ? type : "any";
}

function resolve(reference: string, root: JsonObject): Json | undefined {
  const steps = reference
    .split("/")
    .slice(1)
    .map(step => step.replace(/~1/g, "/").replace(/~0/g, "~"));
  return at(root, ...steps);
}
