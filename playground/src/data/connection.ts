import { type Client, createClient } from "graphql-ws";
import { parseJson } from "./json";
import { Store } from "./store";

export type ConnectionState = "idle" | "connecting" | "live" | "offline";

/** How the one socket does, for the sign in the header. */
export const connection = new Store<ConnectionState>("idle");

/** Watches that wait to try again; each is called as soon as there is reason to hope. */
const waiting = new Set<() => void>();

let client: Client | undefined;

/** Returns the client that all watches share; it opens its socket with the first and closes it after the last. */
export function socket(): Client {
  client ??= createClient({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    lazy: true,
    lazyCloseTimeout: 5_000,
    keepAlive: 15_000,
    // A watch that is lost goes on from its own position, so each begins anew by itself.
    retryAttempts: 0,
    on: {
      connecting: () => connection.update(state => (state === "offline" ? state : "connecting")),
      connected: () => {
        connection.set("live");
        wake();
      },
      closed: event => {
        const clean = event instanceof CloseEvent && event.code === 1000;
        connection.set(clean ? "idle" : "offline");
      },
    },
    webSocketImpl: LosslessSocket,
  });
  return client;
}

/** Parses messages as `parseJson` does: the client itself would round large integers. */
class LosslessSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    let handler: ((event: { data: unknown }) => void) | null = null;
    Object.defineProperty(this, "onmessage", {
      set: (set: typeof handler) => {
        handler = set;
      },
    });
    this.addEventListener("message", event => handler?.({ data: parseJson(String(event.data)) }));
  }
}

/** Waits before another attempt: longer each time, but not while the browser says that it is offline. */
export function pause(attempt: number, signal: AbortSignal): Promise<void> {
  const milliseconds = Math.min(250 * 2 ** Math.min(attempt, 6), 8_000) * (0.75 + Math.random() / 2);
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      waiting.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    waiting.add(done);
    signal.addEventListener("abort", done);
  });
}

/** Lets everybody who waits try at once. */
export function wake(): void {
  for (const done of [...waiting]) done();
}

if (typeof window !== "undefined") {
  window.addEventListener("online", wake);
  window.addEventListener("offline", () => connection.set("offline"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
  });
}
