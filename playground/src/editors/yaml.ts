import { stringify } from "yaml";
import type { Json } from "~/data/json";

/** Values of more parts than this are written by a worker: it takes long. */
const LARGE = 5_000;

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (text: string) => void>();

/** Returns a value as YAML, without holding the page up where it is large. */
export async function toYaml(value: Json): Promise<string> {
  if (countParts(value, LARGE) < LARGE) return writeYaml(value);
  worker ??= startWorker();
  asked += 1;
  const id = asked;
  const text = new Promise<string>(resolve => waiting.set(id, resolve));
  worker.postMessage({ id, value });
  return text;
}

export function writeYaml(value: Json): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function startWorker(): Worker {
  const started = new Worker(new URL("./yaml.worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data }: MessageEvent<{ id: number; text: string }>) => {
    waiting.get(data.id)?.(data.text);
    waiting.delete(data.id);
  };
  return started;
}

/** Counts the parts of a value and its thousands of characters, up to a limit. */
export function countParts(value: Json, limit: number): number {
  const left: Json[] = [value];
  let count = 0;
  while (left.length && count < limit) {
    const here = left.pop()!;
    count += typeof here === "string" ? 1 + here.length / 1_000 : 1;
    if (Array.isArray(here)) for (const item of here) left.push(item);
    else if (typeof here === "object" && here !== null)
      for (const item of Object.values(here)) left.push(item);
  }
  return count;
}
