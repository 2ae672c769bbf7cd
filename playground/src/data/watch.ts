import type { FormattedExecutionResult } from "graphql-ws";
import { connection, pause, socket } from "./connection";
import { Refused, type WireError } from "./errors";
import type { Variables } from "./http";
import type { Json } from "./json";

export type EventType = "ADDED" | "MODIFIED" | "DELETED" | "LEFT" | "SYNCED" | "BOOKMARK";

export interface WatchEvent<Node = { raw: Json }> {
  type: EventType;
  resourceVersion: string | null;
  object: Node | null;
  previous?: Node | null;
  changedPaths?: string[];
}

export interface WatchOptions<Node> {
  /** A subscription with one root field and the variable `$resourceVersion`. */
  document: string;
  variables?: Variables;
  /** The position after which changes are wanted, such as a list's. */
  resourceVersion: string | undefined;
  onEvent: (event: WatchEvent<Node>) => void;
  /** The position is lost, or the kind is another now: list again. The watch has ended. */
  onEnd: (error: Refused) => void;
  signal: AbortSignal;
}

/** Codes after which going on from the position makes no sense. */
const ENDS = new Set([
  "EXPIRED",
  "KIND_CHANGED",
  "KIND_REMOVED",
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
  "BAD_USER_INPUT",
  "FORBIDDEN",
  "UNAUTHENTICATED",
]);

/** Follows a watch over lost connections and restarts of the server: no gap, no repeat. */
export async function follow<Node>(options: WatchOptions<Node>): Promise<void> {
  let { resourceVersion } = options;
  let attempt = 0;
  while (!options.signal.aborted) {
    const ended = await once(options, resourceVersion, event => {
      attempt = 0;
      resourceVersion = event.resourceVersion ?? resourceVersion;
      options.onEvent(event);
    });
    if (options.signal.aborted) return;
    if (ended instanceof Refused) {
      if (ENDS.has(ended.code)) {
        options.onEnd(ended);
        return;
      }
      resourceVersion = ended.resourceVersion ?? resourceVersion;
    }
    await pause(attempt, options.signal);
    attempt += 1;
  }
}

/** Runs one subscription to its end; returns the error that ended it, if the server sent one. */
function once<Node>(
  options: WatchOptions<Node>,
  resourceVersion: string | undefined,
  onEvent: (event: WatchEvent<Node>) => void,
): Promise<Refused | undefined> {
  return new Promise(resolve => {
    let refused: Refused | undefined;
    const stop = socket().subscribe<Record<string, WatchEvent<Node>>>(
      { query: options.document, variables: { ...options.variables, resourceVersion } },
      {
        next: result => {
          refused = refusal(result) ?? refused;
          const event = Object.values(result.data ?? {})[0];
          if (event && !options.signal.aborted) onEvent(event);
        },
        error: error => finish(Array.isArray(error) ? new Refused(error as WireError[]) : undefined),
        complete: () => finish(refused),
      },
    );
    const finish = (error: Refused | undefined) => {
      options.signal.removeEventListener("abort", stop);
      if (!error && !options.signal.aborted && connection.get() === "idle") connection.set("offline");
      resolve(error);
    };
    options.signal.addEventListener("abort", stop);
  });
}

function refusal(result: Pick<FormattedExecutionResult, "errors">): Refused | undefined {
  return result.errors?.length ? new Refused(result.errors as unknown as WireError[]) : undefined;
}
