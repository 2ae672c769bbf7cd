import { expect, test } from "vitest";
import { pathAt, placeAt } from "./completing";

const YAML = `kind: Box
schema:
  type: object
  properties:
    limits:
      type: object
      properties:
        max:
          type: integer
columns:
  - name: Host
    path: spec.host`.split("\n");

const at = (line: number, current: string) => pathAt(YAML.slice(0, line), current);

test.each([
  [1, "ki", [], "definition"],
  [2, "  ty", ["schema"], "schema"],
  [4, "    na", ["schema", "properties"], "schemas"],
  [5, "      ty", ["schema", "properties", "limits"], "schema"],
  [8, "          mi", ["schema", "properties", "limits", "properties", "max"], "schema"],
  [9, "    other", ["schema", "properties"], "schemas"],
  [11, "    ty", ["columns"], "column"],
] as const)("line %i, %j stands at %j", (line, current, path, place) => {
  expect(at(line, current)).toEqual(path);
  expect(placeAt(path)).toBe(place);
});

test("indented JSON is read alike", () => {
  const lines = ["{", '  "kind": "Box",', '  "schema": {', '    "properties": {', '      "host": {'];
  expect(pathAt(lines, '        "ty')).toEqual(["schema", "properties", "host"]);
});
