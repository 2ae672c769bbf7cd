import { isLosslessNumber, parse, stringify } from "lossless-json";

export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** A number of sixteen digits may be an integer that a double cannot hold. */
const MAYBE_UNSAFE = /[:,[]\s*-?\d{16}/;

/** Parses JSON without losing integers: those beyond 2^53 become bigint. */
export function parseJson(text: string): Json {
  if (!MAYBE_UNSAFE.test(text)) return JSON.parse(text) as Json;
  return parse(text, undefined, {
    parseNumber: digits => {
      const number = Number(digits);
      return /^-?\d+$/.test(digits) && !Number.isSafeInteger(number) ? BigInt(digits) : number;
    },
  }) as Json;
}

/** Writes JSON, bigint as the integer that it is. */
export function stringifyJson(value: unknown, indent = 0): string {
  return stringify(value, null, indent) ?? "null";
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Returns what is at a path of keys, undefined where there is nothing. */
export function at(value: Json | undefined, ...keys: string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of keys) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

/** Compares two values of JSON; the order of keys says nothing. */
export function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(key => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}
