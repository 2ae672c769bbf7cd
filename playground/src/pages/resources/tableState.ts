import { useMemo } from "react";
import { useSearchParams } from "wouter";
import type { Json } from "~/data/json";
import type { Order } from "~/data/rows";

/** What a table shows, all of it in its address. */
export interface TableState {
  namespace: string | undefined;
  labels: string | undefined;
  where: Json | undefined;
  sort: Order | undefined;
  isFiltered: boolean;
  set: (changes: Partial<Record<"ns" | "labels" | "where" | "sort", string | undefined>>) => void;
  clear: () => void;
}

export function useTableState(): TableState {
  const [parameters, setParameters] = useSearchParams();
  const key = parameters.toString();
  return useMemo(() => {
    const now = new URLSearchParams(key);
    const get = (name: string) => now.get(name) || undefined;
    const set: TableState["set"] = changes =>
      setParameters(
        previous => {
          for (const [name, value] of Object.entries(changes)) {
            if (value) previous.set(name, value);
            else previous.delete(name);
          }
          return previous;
        },
        { replace: true },
      );
    return {
      namespace: get("ns"),
      labels: get("labels"),
      where: parsed(get("where")),
      sort: sortOf(get("sort")),
      isFiltered: ["ns", "labels", "where"].some(name => get(name)),
      set,
      clear: () => set({ ns: undefined, labels: undefined, where: undefined }),
    };
  }, [key, setParameters]);
}

/** A sort is written as its path, with a minus before it where it descends. */
function sortOf(text: string | undefined): Order | undefined {
  if (!text) return undefined;
  return text.startsWith("-") ? { path: text.slice(1), descending: true } : { path: text, descending: false };
}

function parsed(text: string | undefined): Json | undefined {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
