import { useEffect, useState } from "react";
import { request } from "./http";

export interface ServerInfo {
  version: string;
  startedAt: string;
}

/** Returns what the server says of itself, undefined until it has. */
export function useServer(): ServerInfo | undefined {
  const [server, setServer] = useState<ServerInfo>();
  useEffect(() => {
    const stop = new AbortController();
    request<{ server: ServerInfo | null }>("{ server { version startedAt } }", {}, stop.signal).then(
      ({ server }) => server && setServer(server),
      () => undefined,
    );
    return () => stop.abort();
  }, []);
  return server;
}
