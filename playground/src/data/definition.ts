import { useEffect, useState } from "react";
import { request } from "./http";
import type { Json } from "./json";
import { kindsStore } from "./kinds";
import { useStore } from "./store";

/** A definition as it is stored: `{metadata, spec, status}`. */
export interface RawDefinition {
  metadata: { name: string; resourceVersion: string; generation: number; [key: string]: Json };
  spec: { [key: string]: Json };
  status?: { [key: string]: Json };
}

const GET = `query Definition($name: String!) { resourceDefinition(name: $name) { raw } }`;

/** Returns a whole definition, null where there is none. */
export async function getDefinition(name: string, signal?: AbortSignal): Promise<RawDefinition | null> {
  const answer = await request<{ resourceDefinition: { raw: RawDefinition } | null }>(GET, { name }, signal);
  return answer.resourceDefinition?.raw ?? null;
}

export interface Loaded<Value> {
  value: Value | undefined;
  error: unknown;
}

/** Follows one definition: it is read again when its watched summary says that it is another. */
export function useDefinition(name: string): Loaded<RawDefinition | null> {
  const kind = useStore(kindsStore).kinds.get(name);
  const [loaded, setLoaded] = useState<Loaded<RawDefinition | null>>({ value: undefined, error: undefined });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another summary means that the definition has changed
  useEffect(() => {
    const stop = new AbortController();
    getDefinition(name, stop.signal).then(
      value => setLoaded({ value, error: undefined }),
      error => stop.signal.aborted || setLoaded(before => ({ ...before, error })),
    );
    return () => stop.abort();
  }, [name, kind]);
  return loaded;
}
