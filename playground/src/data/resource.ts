import { useEffect, useState } from "react";
import type { Kind } from "./kinds";
import type { Raw } from "./rows";
import { Store, useStore } from "./store";
import { follow } from "./watch";

export interface ResourceState {
  phase: "loading" | "ready" | "absent" | "failed";
  /** What it is, or was last where it is absent now. */
  raw: Raw | undefined;
  /** JSON pointers of what the last change touched. */
  changedPaths: readonly string[];
  error: unknown;
}

const LOADING: ResourceState = { phase: "loading", raw: undefined, changedPaths: [], error: undefined };

/** Follows one resource for as long as somebody looks at it; it may come and go. */
export function useResource(kind: Kind, namespace: string | undefined, name: string): ResourceState {
  const [store] = useState(() => new Store<ResourceState>(LOADING));
  const watch = kind.names.watch;
  useEffect(() => {
    const stop = new AbortController();
    void run(store, { watch, namespaced: kind.scope !== "CLUSTER", namespace, name, signal: stop.signal });
    return () => stop.abort();
  }, [store, watch, kind.scope, namespace, name]);
  return useStore(store);
}

interface Target {
  watch: string;
  namespaced: boolean;
  namespace: string | undefined;
  name: string;
  signal: AbortSignal;
}

async function run(store: Store<ResourceState>, target: Target): Promise<void> {
  const { watch, namespaced, namespace, name, signal } = target;
  const [declared, passed] = namespaced ? ["$namespace: String, ", "namespace: $namespace, "] : ["", ""];
  let seen = false;
  let again = true;
  while (again && !signal.aborted) {
    again = false;
    await follow<{ raw: Raw }>({
      document: `subscription Follow(${declared}$name: String!, $resourceVersion: String) {
        ${watch}(${passed}name: $name, resourceVersion: $resourceVersion, sendInitialEvents: true) {
          type resourceVersion object { raw } changedPaths
        }
      }`,
      variables: { name, ...(namespaced ? { namespace: namespace ?? "default" } : {}) },
      resourceVersion: undefined,
      signal,
      onEvent: ({ type, object, changedPaths }) => {
        if (type === "SYNCED") {
          // Each beginning tells the state anew: what it does not tell of is gone.
          if (!seen) store.update(state => ({ ...state, phase: "absent" }));
          seen = false;
        }
        if (!object) return;
        const phase = type === "DELETED" ? "absent" : "ready";
        seen = phase === "ready";
        store.set({ phase, raw: object.raw, changedPaths: changedPaths ?? [], error: undefined });
      },
      onEnd: error => {
        again = error.code === "EXPIRED" || error.code === "KIND_CHANGED";
        if (!again) store.update(state => ({ ...state, phase: "failed", error }));
      },
    });
  }
}
