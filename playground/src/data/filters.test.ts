import { expect, test } from "vitest";
import { fromWhere, parseValue, toWhere } from "./filters";

test("conditions survive the way into a where and back", () => {
  const one = [{ path: "spec.port", operator: "gt", value: 3 }];
  const two = [...one, { path: "metadata.name", operator: "startsWith", value: "a" }];
  expect(toWhere([])).toBeUndefined();
  expect(toWhere(one)).toEqual({ spec: { port: { gt: 3 } } });
  for (const conditions of [[], one, two]) expect(fromWhere(toWhere(conditions))).toEqual(conditions);
});

test("a where that was written by hand is no list of conditions", () => {
  expect(fromWhere({ _or: [{ spec: { port: { eq: 1 } } }] })).toBeUndefined();
  expect(fromWhere({ spec: { port: { gt: 1, lt: 4 } } })).toBeUndefined();
});

test("values are read as their type says", () => {
  expect(parseValue("5", "Int", false)).toBe(5);
  expect(parseValue("9007199254740993", "BigInt", false)).toBe("9007199254740993");
  expect(parseValue("true", "Boolean", false)).toBe(true);
  expect(parseValue("a, b", "String", true)).toEqual(["a", "b"]);
  expect(parseValue("5", "String", false)).toBe("5");
});
