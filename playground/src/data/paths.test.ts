import { expect, test } from "vitest";
import { parse, valuesAt } from "./paths";

const root = {
  metadata: { labels: { "a.b/c": "x" } },
  spec: { jobs: [{ name: "a" }, { name: "b" }], port: 1 },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
};

test.each([
  ["spec.port", [1]],
  [".spec.port", [1]],
  ["$.spec.port", [1]],
  ["spec.jobs[0].name", ["a"]],
  ["spec.jobs[-1].name", ["b"]],
  ["spec.jobs[*].name", ["a", "b"]],
  ['metadata.labels["a.b/c"]', ["x"]],
  ["metadata.labels.a\\.b/c", ["x"]],
  ['status.conditions[?(@.type=="Ready")].status', ["True"]],
  ["status.conditions[?(@.type!='Ready')].status", ["False"]],
  ["spec.absent.deeper", []],
  ["spec.constructor", []],
])("%s", (path, expected) => {
  expect(valuesAt(root, path)).toEqual(expected);
});

test.each(["", "spec[", "spec.[x]", "a..b"])("%s is no path", path => {
  expect(parse(path)).toBeUndefined();
});
