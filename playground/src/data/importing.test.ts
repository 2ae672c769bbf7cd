import { expect, test } from "vitest";
import { importDefinition } from "./importing";

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  spec: {
    group: "net.example.org",
    scope: "Cluster",
    names: { kind: "Route", plural: "routes" },
    versions: [
      { name: "v1alpha1", storage: false },
      {
        name: "v1",
        storage: true,
        additionalPrinterColumns: [
          { name: "Host", jsonPath: ".spec.host", type: "string" },
          { name: "Age", jsonPath: ".metadata.creationTimestamp", type: "date" },
          { name: "Rare", jsonPath: ".spec.rare", type: "string", priority: 1 },
        ],
        schema: {
          openAPIV3Schema: {
            description: "A route.",
            properties: {
              apiVersion: { type: "string" },
              spec: { type: "object", required: ["host"], properties: { host: { type: "string" } } },
              status: { type: "object" },
              data: { type: "string" },
            },
          },
        },
      },
    ],
  },
};

test("a CRD becomes a definition of its storage version", () => {
  expect(importDefinition(crd as never)).toEqual({
    kind: "Route",
    group: "net.example.org",
    scope: "CLUSTER",
    description: "A route.",
    schema: { type: "object", required: ["host"], properties: { host: { type: "string" } }, nullable: true },
    statusSchema: { type: "object" },
    extraFields: { data: { type: "string" } },
    columns: [{ name: "Host", path: "spec.host", type: "string" }],
  });
});

test("a JSON Schema becomes a definition that is called by its title", () => {
  const schema = { title: "my box", description: "A box.", type: "object", properties: {} };
  expect(importDefinition(schema)).toEqual({
    kind: "MyBox",
    description: "A box.",
    schema: { type: "object", properties: {} },
  });
});

test("a definition stays what it is, and anything else is refused in words", () => {
  expect(importDefinition({ kind: "ResourceDefinition", spec: { kind: "A" } })).toEqual({ kind: "A" });
  expect(() => importDefinition({ hello: 1 })).toThrow("neither a CRD");
  expect(() => importDefinition("text")).toThrow("no object");
  expect(() => importDefinition({ kind: "CustomResourceDefinition" })).toThrow("spec.names.kind");
});
