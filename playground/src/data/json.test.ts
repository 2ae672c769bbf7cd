import { describe, expect, test } from "vitest";
import { at, isEqual, parseJson, stringifyJson } from "./json";

describe("JSON", () => {
  test("integers beyond 2^53 survive reading and writing", () => {
    const text = '{"a":9007199254740993,"b":[-9223372036854775808],"c":1.5,"d":"9007199254740993"}';
    const value = parseJson(text);
    expect(at(value, "a")).toBe(9007199254740993n);
    expect(stringifyJson(value)).toBe(text);
  });

  test("what is safe is a plain number", () => {
    expect(parseJson('{"a":1,"b":[9007199254740991],"c":"1234567890123456789"}')).toEqual({
      a: 1,
      b: [9007199254740991],
      c: "1234567890123456789",
    });
  });

  test("a path finds own keys only", () => {
    expect(at({ a: { b: 1 } }, "a", "b")).toBe(1);
    expect(at({ a: 1 }, "a", "b")).toBeUndefined();
    expect(at({}, "constructor")).toBeUndefined();
  });

  test("values are equal whatever the order of their keys", () => {
    expect(isEqual({ a: [1, { b: null }], c: 2n }, { c: 2n, a: [1, { b: null }] })).toBe(true);
    expect(isEqual({ a: undefined as never }, {})).toBe(false);
    expect(isEqual([1, 2], [2, 1])).toBe(false);
  });
});
