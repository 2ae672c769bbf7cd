import { describe, expect, test } from "vitest";
import { locate, parseText, rewrite, write } from "./documents";

describe("reading", () => {
  test("YAML is read as kubectl reads it", () => {
    expect(parseText("a: yes\nb: 0777\nc: 2024-01-01\nd: 9007199254740993\ne: 1.0").value).toEqual({
      a: true,
      b: 511,
      c: "2024-01-01",
      d: 9007199254740993n,
      e: 1,
    });
  });

  test("JSON is read too", () => {
    expect(parseText('{"a": [1, null, "x"]}').value).toEqual({ a: [1, null, "x"] });
  });

  test("what is wrong is told with its place", () => {
    const { value, problems } = parseText("a: 1\na: 2\n");
    expect(value).toBeUndefined();
    expect(problems[0]?.from).toBe(5);
  });

  test("a bomb of aliases is refused", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let at = 1; at < 9; at += 1) {
      const before = String.fromCharCode(96 + at);
      const now = String.fromCharCode(97 + at);
      lines.push(`${now}: &${now} [${Array(10).fill(`*${before}`).join(", ")}]`);
    }
    expect(parseText(lines.join("\n")).problems).toHaveLength(1);
  });
});

describe("writing", () => {
  const text = "# first\nspec:\n  host: a # the host\n  ports:\n    - 1\n    - 2\n";
  const before = { spec: { host: "a", ports: [1, 2] } };

  test("comments and order stay where a value changes", () => {
    const after = { spec: { host: "b", ports: [1, 3], tls: { enabled: true } } };
    const written = rewrite(text, before, after);
    expect(written).toContain("# first");
    expect(written).toContain("host: b # the host");
    expect(parseText(written).value).toEqual(after);
  });

  test("what is removed goes", () => {
    expect(parseText(rewrite(text, before, { spec: { host: "a" } })).value).toEqual({ spec: { host: "a" } });
  });

  test("what reads as something else is quoted", () => {
    const value = { a: "yes", b: "0777", c: "2024-01-01", d: 9007199254740993n, e: "null", f: "" };
    expect(parseText(write(value)).value).toEqual(value);
  });
});

test("a pointer leads to its key, or to the nearest one above", () => {
  const text = "spec:\n  host: a\n  ports:\n    - 1\n";
  const { document } = parseText(text);
  const at = (pointer: string) => text.slice(locate(document, pointer).from, locate(document, pointer).to);
  expect(at("/spec/host")).toBe("host");
  expect(at("/spec/ports/0")).toBe("1");
  expect(at("/spec/absent/deeper")).toBe("spec");
});
