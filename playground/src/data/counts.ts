import { useEffect } from "react";
import { pause } from "./connection";
import { request } from "./http";
import { Batch, Store, useStore } from "./store";
import { follow, type WatchEvent } from "./watch";

/** How many resources each kind has, by the kind's name; kept while somebody looks. */
const counts = new Store<ReadonlyMap<string, number>>(new Map());
let lookers = 0;
let following: AbortController | undefined;

const LIST = `query Counts($after: String, $at: String) {
  resourceDefinitions(first: 500, after: $after, resourceVersion: $at) {
    resourceVersion pageInfo { hasNextPage endCursor }
    nodes { metadata { name } status { storedResources } }
  }
}`;

const WATCH = `subscription Counts($resourceVersion: String) {
  watchResources(resourceVersion: $resourceVersion) { type resourceVersion object { __typename } }
}`;

interface ListAnswer {
  resourceDefinitions: {
    resourceVersion: string;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    nodes: { metadata: { name: string }; status: { storedResources: number | null } | null }[];
  };
}

type CountEvent = WatchEvent<{ __typename: string }>;

/** Returns the counts as they are now; they follow every creation and deletion. */
export function useCounts(): ReadonlyMap<string, number> {
  useEffect(() => {
    lookers += 1;
    if (lookers === 1) {
      following = new AbortController();
      void run(following.signal);
    }
    return () => {
      lookers -= 1;
      if (lookers === 0) following?.abort();
    };
  }, []);
  return useStore(counts);
}

async function run(signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const resourceVersion = await list(signal);
      attempt = 0;
      const batch = new Batch<CountEvent>(apply, 100);
      await follow<{ __typename: string }>({
        document: WATCH,
        resourceVersion,
        signal,
        onEvent: event => batch.add(event),
        onEnd: () => batch.flush(),
      });
    } catch {
      // Counts are an extra: the list of kinds tells what is wrong.
    }
    await pause(attempt, signal);
  }
}

async function list(signal: AbortSignal): Promise<string> {
  const found = new Map<string, number>();
  let at: string | undefined;
  let after: string | null = null;
  for (;;) {
    const answer: ListAnswer = await request<ListAnswer>(LIST, { after, at }, signal);
    const { nodes, pageInfo, resourceVersion } = answer.resourceDefinitions;
    at ??= resourceVersion;
    for (const { metadata, status } of nodes) found.set(metadata.name, Number(status?.storedResources ?? 0));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  counts.set(found);
  return at;
}

function apply(events: CountEvent[]): void {
  counts.update(before => {
    const after = new Map(before);
    for (const { type, object } of events) {
      const change = type === "ADDED" ? 1 : type === "DELETED" ? -1 : 0;
      if (!object || !change) continue;
      after.set(object.__typename, Math.max(0, (after.get(object.__typename) ?? 0) + change));
    }
    return after;
  });
}
