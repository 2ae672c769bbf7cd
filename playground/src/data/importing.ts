import { at, isObject, type Json, type JsonObject } from "./json";

const ENVELOPE = new Set(["apiVersion", "kind", "metadata", "spec", "status"]);
const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const COLUMN_TYPES = new Set(["string", "integer", "number", "boolean", "date"]);

/** Returns the `spec` of a definition made of what somebody has pasted: a CRD, a definition, or a JSON Schema.
 *
 * `app/cli/manifests/crd.py` has the rules for CRDs.
 *
 * @throws Error that says why it is none of them.
 */
export function importDefinition(pasted: Json | undefined): JsonObject {
  if (!isObject(pasted)) throw new Error("This is no object: paste a CRD, a definition or a JSON Schema.");
  if (pasted["kind"] === "CustomResourceDefinition") return fromCrd(pasted);
  if (pasted["kind"] === "ResourceDefinition" && isObject(pasted["spec"])) return pasted["spec"];
  if (typeof pasted["kind"] === "string" && isObject(pasted["schema"])) return pasted;
  return fromSchema(pasted);
}

function fromSchema(schema: JsonObject): JsonObject {
  if (!["type", "properties", "$ref", "allOf", "oneOf", "anyOf", "$schema"].some(key => key in schema)) {
    throw new Error("This is neither a CRD nor a definition nor a JSON Schema.");
  }
  const { title, description, ...rest } = schema;
  const words = String(title ?? "Thing").match(/[A-Za-z0-9]+/g) ?? ["Thing"];
  const kind =
    words
      .map(word => word[0]!.toUpperCase() + word.slice(1))
      .join("")
      .replace(/^\d+/, "") || "Thing";
  return { kind, ...(typeof description === "string" ? { description } : {}), schema: rest };
}

function fromCrd(crd: JsonObject): JsonObject {
  const kind = at(crd, "spec", "names", "kind");
  const group = at(crd, "spec", "group");
  const versions = at(crd, "spec", "versions");
  if (typeof kind !== "string" || typeof group !== "string" || !Array.isArray(versions)) {
    throw new Error(
      "This CRD has no spec.names.kind, spec.group or spec.versions (only apiextensions.k8s.io/v1 is read).",
    );
  }
  const version = versions.find(one => at(one, "storage") === true);
  if (!isObject(version)) throw new Error("No version of this CRD is the storage version.");
  const columns = columnsOf(version["additionalPrinterColumns"]);
  return {
    kind,
    group,
    scope: at(crd, "spec", "scope") === "Cluster" ? "CLUSTER" : "NAMESPACED",
    ...sections(at(version, "schema", "openAPIV3Schema")),
    ...(columns.length ? { columns } : {}),
  };
}

function sections(root: Json | undefined): JsonObject {
  const anything: JsonObject = { type: "object", [PRESERVE]: true };
  if (!isObject(root)) return { schema: anything };
  const properties = isObject(root["properties"]) ? root["properties"] : {};
  const extra = Object.entries(properties).filter(([name]) => !ENVELOPE.has(name));
  const required = Array.isArray(root["required"]) && root["required"].includes("spec");
  const spec = properties["spec"];
  const optional = isObject(spec) && Array.isArray(spec["required"]) && !required;
  const schema =
    spec === undefined
      ? root[PRESERVE] === true
        ? anything
        : undefined
      : optional
        ? { ...spec, nullable: true }
        : spec;
  const rules = root["x-kubernetes-validations"];
  return {
    ...(typeof root["description"] === "string" ? { description: root["description"] } : {}),
    ...(schema === undefined ? {} : { schema }),
    ...(properties["status"] === undefined ? {} : { statusSchema: properties["status"] }),
    ...(extra.length ? { extraFields: Object.fromEntries(extra) } : {}),
    ...(Array.isArray(rules) && rules.length ? { rules } : {}),
  };
}

function columnsOf(columns: Json | undefined): JsonObject[] {
  if (!Array.isArray(columns)) return [];
  return columns.flatMap(column => {
    const [name, path, type] = ["name", "jsonPath", "type"].map(key => at(column, key));
    const priority = at(column, "priority");
    if (
      typeof name !== "string" ||
      typeof path !== "string" ||
      (typeof priority === "number" && priority > 0)
    )
      return [];
    if (/^\.?metadata\.creationTimestamp$/.test(path)) return [];
    const shown = typeof type === "string" && COLUMN_TYPES.has(type) ? type : "string";
    return [{ name, path: path.replace(/^\./, ""), type: shown }];
  });
}
