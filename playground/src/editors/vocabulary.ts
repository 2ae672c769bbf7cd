import type { Completion } from "@codemirror/autocomplete";

const words = (entries: Record<string, string>): Completion[] =>
  Object.entries(entries).map(([label, info]) => ({ label, info, type: "property" }));

/** What a definition may say; docs/definitions.md tells all of it. */
export const DEFINITION_KEYS = words({
  kind: "What the kind is called, such as ExternalService.",
  group: "Like a DNS name, such as net.example.org; keeps kinds of the same name apart.",
  plural: "The name of the list field, in camelCase; derived where absent.",
  singular: "The name of the field of one resource; derived where absent.",
  graphqlName: "Overrides the GraphQL name of the kind.",
  description: "What the kind is, for people.",
  scope: "NAMESPACED (the default) or CLUSTER.",
  schema: "JSON Schema of spec.",
  statusSchema: "JSON Schema of status; without it, status is JSON.",
  extraFields: "JSON Schemas of root-level fields beside spec and status, by name.",
  rules: "Rules in CEL of the resource as a whole.",
  indexes: "What lists can be ordered by, and what must be unique.",
  columns: "What tables show: name, path and type.",
  migrations: "What is done once to stored resources so that they fit a changed schema.",
});

/** Keywords of JSON Schema 2020-12, of OpenAPI v3 and Kubernetes that the server reads. */
export const KEYWORDS = words({
  type: "object, array, string, integer, number, boolean or null; or several.",
  description: "What it is, for people.",
  title: "A short name.",
  properties: "The properties of an object, each with a schema.",
  required: "Names of the properties that must be there.",
  additionalProperties: "The schema of all other properties, or whether there may be any.",
  patternProperties: "Schemas of properties by patterns of their names.",
  propertyNames: "The schema of the names themselves.",
  minProperties: "At least so many properties.",
  maxProperties: "At most so many properties.",
  items: "The schema of a list's items.",
  prefixItems: "Schemas of the first items, by position.",
  contains: "A schema that some item must fit.",
  minItems: "At least so many items.",
  maxItems: "At most so many items.",
  uniqueItems: "Whether all items differ.",
  enum: "The values that are allowed.",
  const: "The one value that is allowed.",
  default: "What is filled in on write where nothing is said.",
  examples: "Examples.",
  format: "date, date-time, time, email, ipv4, ipv6, uri, uuid, int32, int64.",
  pattern: "A regular expression (RE2) that the text must match.",
  minLength: "At least so many characters.",
  maxLength: "At most so many characters.",
  minimum: "At least this.",
  maximum: "At most this.",
  exclusiveMinimum: "More than this.",
  exclusiveMaximum: "Less than this.",
  multipleOf: "A multiple of this.",
  nullable: "Whether null is allowed (OpenAPI).",
  readOnly: "Not in inputs.",
  writeOnly: "Not in outputs, events and logs.",
  deprecated: "Marked @deprecated in GraphQL.",
  allOf: "All of these schemas; merged.",
  anyOf: "At least one of these schemas.",
  oneOf: "Exactly one of these schemas; a union where a property tells them apart.",
  not: "What must not fit.",
  if: "A condition …",
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: "… what holds if it does …",
  else: "… and what holds if not.",
  dependentRequired: "What else is required where a property is there.",
  dependentSchemas: "What else must fit where a property is there.",
  $ref: "A schema of this document, such as #/$defs/limits.",
  $defs: "Schemas to refer to.",
  "x-kindgraph-ref": "This text names a resource: {kind, namespaceFrom, onDelete}.",
  "x-kubernetes-int-or-string": "An integer or a text.",
  "x-kubernetes-preserve-unknown-fields": "Whether properties that are not declared are kept.",
  "x-kubernetes-list-type": "atomic, set or map: how apply merges a list.",
  "x-kubernetes-list-map-keys": "The keys of a list of type map.",
  "x-kubernetes-validations": "Rules in CEL: rule, message, fieldPath.",
});

export const VALUES: Readonly<Record<string, readonly string[]>> = {
  type: ["object", "array", "string", "integer", "number", "boolean", "null"],
  format: ["date", "date-time", "time", "email", "ipv4", "ipv6", "uri", "uuid", "int32", "int64"],
  scope: ["NAMESPACED", "CLUSTER"],
  onDelete: ["NONE", "RESTRICT", "CASCADE", "SET_NULL"],
  "x-kubernetes-list-type": ["atomic", "set", "map"],
  ...Object.fromEntries(
    ["additionalProperties", "uniqueItems", "nullable", "readOnly", "writeOnly", "deprecated", "unique"].map(
      key => [key, ["true", "false"]],
    ),
  ),
};
