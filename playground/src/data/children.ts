import { useEffect, useState } from "react";
import type { OwnerReference } from "./rows";
import { Batch, Store, useStore } from "./store";
import { follow, type WatchEvent } from "./watch";

/** Somebody in the tree below a resource. */
export interface Child {
  uid: string;
  kind: string;
  name: string;
  namespace: string | null;
  owners: readonly OwnerReference[];
}

interface Node {
  __typename: string;
  metadata: { uid: string; name: string; namespace: string | null; ownerReferences: OwnerReference[] };
}

export interface ChildrenState {
  isComplete: boolean;
  /** All that have owners, by uid: the tree is made of those below one resource. */
  owned: ReadonlyMap<string, Child>;
}

const WATCH = `subscription Owned($namespace: String, $resourceVersion: String) {
  watchResources(namespace: $namespace, resourceVersion: $resourceVersion, sendInitialEvents: true) {
    type resourceVersion
    object { __typename metadata { uid name namespace ownerReferences { kind name uid controller blockOwnerDeletion } } }
  }
}`;

/** Follows everything in a namespace that has an owner. */
export function useOwned(namespace: string | undefined): ChildrenState {
  const [store] = useState(() => new Store<ChildrenState>({ isComplete: false, owned: new Map() }));
  useEffect(() => {
    const stop = new AbortController();
    const batch = new Batch<WatchEvent<Node>>(events => store.update(state => apply(state, events)), 100);
    void follow<Node>({
      document: WATCH,
      variables: { namespace },
      resourceVersion: undefined,
      signal: stop.signal,
      onEvent: event => {
        if (event.type === "SYNCED" || event.object?.metadata.ownerReferences.length) batch.add(event);
      },
      onEnd: () => batch.flush(),
    });
    return () => stop.abort();
  }, [store, namespace]);
  return useStore(store);
}

function apply(state: ChildrenState, events: WatchEvent<Node>[]): ChildrenState {
  const owned = new Map(state.owned);
  let { isComplete } = state;
  for (const { type, object } of events) {
    isComplete ||= type === "SYNCED";
    if (!object) continue;
    const { uid, name, namespace, ownerReferences } = object.metadata;
    if (type === "DELETED") owned.delete(uid);
    else owned.set(uid, { uid, kind: object.__typename, name, namespace, owners: ownerReferences });
  }
  return { isComplete, owned };
}
