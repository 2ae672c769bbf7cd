import { expect, test } from "vitest";
import { fieldFor, type InputType, toInput } from "./inputs";

const type = (fields: Record<string, string | undefined>, isOneOf = false): InputType => ({
  isOneOf,
  fields: new Map(Object.entries(fields)),
});

const TYPES: Record<string, InputType> = {
  Spec: type({ host: undefined, x_id: undefined, limits: "Limits", list: "Limits", transport: "Transport" }),
  Limits: type({ max: undefined, _extra: undefined }),
  Transport: type({ tcp: "Tcp", udp: "Udp" }, true),
  Tcp: type({ port: undefined }),
  Udp: type({ type: undefined, ttl: undefined }),
};
const types = { get: async (name: string) => TYPES[name] ?? { isOneOf: false, fields: undefined } };
const convert = (value: object) => toInput(value as never, "Spec", types);

test("original names become those of GraphQL", async () => {
  const { value, unknown } = await convert({ host: "a", "x-id": 1, limits: { max: 1 }, list: [{ max: 2 }] });
  expect(value).toEqual({ host: "a", x_id: 1, limits: { max: 1 }, list: [{ max: 2 }] });
  expect(unknown).toEqual([]);
});

test("what is not declared is told with its place, or goes where an open object takes it", async () => {
  const { value, unknown } = await convert({ hots: "a", limits: { other: 1 } });
  expect(value).toEqual({ limits: { _extra: { other: 1 } } });
  expect(unknown.map(({ path }) => path)).toEqual(["/hots"]);
});

test("a member of a union is named by the value of the property that tells them apart", async () => {
  expect((await convert({ transport: { type: "tcp", port: 1 } })).value).toEqual({
    transport: { tcp: { port: 1 } },
  });
  expect((await convert({ transport: { type: "udp", ttl: "1" } })).value).toEqual({
    transport: { udp: { type: "udp", ttl: "1" } },
  });
});

test("names that GraphQL cannot write are found where they were escaped", () => {
  const fields = new Map<string, undefined>(
    ["a_b", "_1st", "_ref", "c_d_1a2b3c4d", "c_d"].map(name => [name, undefined] as const),
  );
  expect(fieldFor("a-b", fields)).toBe("a_b");
  expect(fieldFor("1st", fields)).toBe("_1st");
  expect(fieldFor("$ref", fields)).toBe("_ref");
  expect(fieldFor("c_d", fields)).toBe("c_d");
});
