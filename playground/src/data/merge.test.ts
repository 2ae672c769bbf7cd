import { expect, test } from "vitest";
import { merge, patchBetween, withValueAt } from "./merge";

const base = { host: "a", port: 1, tags: ["x"], deep: { one: 1, two: 2 } };

test("changes of different places meet without a conflict", () => {
  const mine = { ...base, host: "b", deep: { one: 1, two: 3 } };
  const theirs = { host: "a", port: 2, tags: ["x", "y"], deep: { one: 5, two: 2 } };
  expect(merge(base, mine, theirs)).toEqual({
    value: { host: "b", port: 2, tags: ["x", "y"], deep: { one: 5, two: 3 } },
    conflicts: [],
  });
});

test("what both have changed differently is a conflict, and mine until somebody decides", () => {
  const merged = merge(base, { ...base, port: 2 }, { ...base, port: 3 });
  expect(merged.conflicts).toEqual([{ path: ["port"], base: 1, mine: 2, theirs: 3 }]);
  expect(merged.value).toMatchObject({ port: 2 });
});

test("the same change by both is none", () => {
  expect(merge(base, { ...base, port: 2 }, { ...base, port: 2 }).conflicts).toEqual([]);
});

test("a removal meets a change as a conflict, and nothing else as a removal", () => {
  const { port: _, ...without } = base;
  expect(merge(base, without, { ...base, host: "b" })).toEqual({
    value: { ...without, host: "b" },
    conflicts: [],
  });
  expect(merge(base, without, { ...base, port: 9 }).conflicts).toEqual([
    { path: ["port"], base: 1, mine: undefined, theirs: 9 },
  ]);
});

test("a decision is written at its place", () => {
  expect(withValueAt(base, ["deep", "one"], 7)).toEqual({ ...base, deep: { one: 7, two: 2 } });
  expect(withValueAt(base, ["deep"], undefined)).not.toHaveProperty("deep");
});

test("a patch says what changed and no more", () => {
  const after = { host: "a", tags: [], deep: { one: 1, two: 3 }, fresh: { a: 1 } };
  expect(patchBetween(base, after)).toEqual({ port: null, tags: [], deep: { two: 3 }, fresh: { a: 1 } });
  expect(patchBetween(base, base)).toBeUndefined();
});
