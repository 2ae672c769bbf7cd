import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

const MAX_DEPTH = 4;

/** Finds which branch of a `oneOf` a value belongs to. It decides nothing: the server validates.
 *
 * The form library's own validator compiles schemas to code, which the Content-Security-Policy forbids.
 */
export const matcher: ValidatorType = {
  isValid: (schema, value, root) => fits(schema, value, root, 0),
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
};

export function fits(schema: RJSFSchema | boolean, value: unknown, root: RJSFSchema, depth: number): boolean {
  if (typeof schema === "boolean") return schema;
  if (depth > MAX_DEPTH) return true;
  if (schema.$ref) {
    const target = resolve(schema.$ref, root);
    if (target && !fits(target, value, root, depth + 1)) return false;
  }
  if (schema.const !== undefined && schema.const !== value) return false;
  if (schema.enum && !schema.enum.some(one => one === value)) return false;
  if (schema.type && value !== undefined && ![schema.type].flat().some(type => isOf(type, value)))
    return false;
  if (schema.allOf && !schema.allOf.every(one => fits(one as RJSFSchema, value, root, depth + 1)))
    return false;
  const some = schema.anyOf ?? schema.oneOf;
  if (some && !some.some(one => fits(one as RJSFSchema, value, root, depth + 1))) return false;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  const object = value as Record<string, unknown>;
  if (schema.required?.some(name => object[name] === undefined)) return false;
  return Object.entries(schema.properties ?? {}).every(
    ([name, child]) => object[name] === undefined || fits(child as RJSFSchema, object[name], root, depth + 1),
  );
}

function resolve(reference: string, root: RJSFSchema): RJSFSchema | undefined {
  let here: unknown = root;
  for (const step of reference.split("/").slice(1)) {
    here = (here as Record<string, unknown> | undefined)?.[step.replace(/~1/g, "/").replace(/~0/g, "~")];
  }
  return here as RJSFSchema | undefined;
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return typeof value === "bigint" || Number.isInteger(value);
  if (type === "number") return typeof value === "number" || typeof value === "bigint";
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}

export default matcher;
