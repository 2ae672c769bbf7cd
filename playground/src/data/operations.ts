import type { Kind } from "./kinds";

export type OperationKey =
  | "get"
  | "list"
  | "create"
  | "update"
  | "replace"
  | "apply"
  | "updateStatus"
  | "delete"
  | "watch";

export interface Operation {
  key: OperationKey;
  label: string;
  document: string;
  variables: Record<string, unknown>;
}

/** What is asked for of a resource where nothing else is said: everything, under the original names. */
const NODE = "metadata { name resourceVersion } raw";

/** Returns a ready document, with variables to fill in, for each thing that one can ask of a kind. */
export function operationsOf(kind: Kind): Operation[] {
  const { names, name: K } = kind;
  const namespaced = kind.scope !== "CLUSTER";
  const ns = namespaced ? ", $namespace: String" : "";
  const nsArg = namespaced ? ", namespace: $namespace" : "";
  const named = namespaced ? { name: "example", namespace: "default" } : { name: "example" };
  const input = { metadata: { ...named }, spec: {} };
  const word = K.replace(/^.*_/, "");
  const spaced = namespaced ? { namespace: null } : {};
  const nsFirst = namespaced ? "$namespace: String, " : "";
  const nsFirstArg = namespaced ? "namespace: $namespace, " : "";
  return [
    {
      key: "get",
      label: "Get one",
      document: `query Get${word}($name: String!${ns}) {\n  ${names.singular}(name: $name${nsArg}) {\n    ${NODE}\n  }\n}`,
      variables: named,
    },
    {
      key: "list",
      label: "List",
      document: `query List${word}(${nsFirst}$where: ${K}Filter, $labelSelector: String, $first: Int = 50, $after: String) {
  ${names.plural}(${nsFirstArg}where: $where, labelSelector: $labelSelector, first: $first, after: $after) {
    totalCount
    resourceVersion
    pageInfo { hasNextPage endCursor }
    nodes { ${NODE} }
  }
}`,
      variables: { ...spaced, where: null, labelSelector: null },
    },
    {
      key: "create",
      label: "Create",
      document: `mutation Create${word}($input: Create${K}Input!, $dryRun: Boolean) {\n  ${names.create}(input: $input, dryRun: $dryRun) {\n    ${NODE}\n  }\n}`,
      variables: { input, dryRun: false },
    },
    {
      key: "update",
      label: "Update (merge patch)",
      document: `mutation Update${word}($name: String!${ns}, $patch: ${K}Patch!, $resourceVersion: String) {\n  ${names.update}(name: $name${nsArg}, patch: $patch, resourceVersion: $resourceVersion) {\n    ${NODE}\n  }\n}`,
      variables: { ...named, patch: { metadata: { labels: { example: "yes" } } } },
    },
    {
      key: "replace",
      label: "Replace",
      document: `mutation Replace${word}($input: Replace${K}Input!) {\n  ${names.replace}(input: $input) {\n    ${NODE}\n  }\n}`,
      variables: { input },
    },
    {
      key: "apply",
      label: "Apply",
      document: `mutation Apply${word}($input: Apply${K}Input!) {\n  ${names.apply}(input: $input) {\n    ${NODE}\n  }\n}`,
      variables: { input },
    },
    {
      key: "delete",
      label: "Delete",
      document: `mutation Delete${word}($name: String!${ns}, $dryRun: Boolean) {\n  ${names.delete}(name: $name${nsArg}, dryRun: $dryRun) {\n    metadata { name deletionRequestedAt finalizers }\n  }\n}`,
      variables: { ...named, dryRun: true },
    },
    {
      key: "watch",
      label: "Watch",
      document: `subscription Watch${word}(${nsFirst}$where: ${K}Filter) {
  ${names.watch}(${nsFirstArg}where: $where, sendInitialEvents: true) {
    type
    resourceVersion
    changedPaths
    object { ${NODE} }
    previous { raw }
  }
}`,
      variables: { ...spaced, where: null },
    },
  ];
}
