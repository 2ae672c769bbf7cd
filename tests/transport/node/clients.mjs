// Drives a client of npm: node clients.mjs graphql-ws|graphql-sse|eventsource URL [OPTIONS]
//
// stdin, a line each:   {"subscribe": {"query": …, "variables": …}, "id": "1"}   {"leave": "1"}
// stdout, a line each:  {"id": "1", "next": …}   {"id": "1", "error": …}   {"id": "1", "complete": true}
//                       {"on": "connected" | "closed" | "pong" …}
import { createInterface } from 'node:readline';
import { EventSource } from 'eventsource';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';

const [name, url, given = '{}'] = process.argv.slice(2);
const options = JSON.parse(given);
const tell = (message) => process.stdout.write(JSON.stringify(message) + '\n');
const shortly = () => new Promise((resolve) => setTimeout(resolve, 20));

const sink = (id) => ({
  next: (next) => tell({ id, next }),
  error: (error) => tell({ id, error: Array.isArray(error) ? error : { code: error.code, reason: error.reason, text: String(error) } }),
  complete: () => tell({ id, complete: true }),
});

const kinds = {
  'graphql-ws': () => {
    const on = {
      connected: (_, __, again) => tell({ on: 'connected', again }),
      closed: ({ code, reason }) => tell({ on: 'closed', code, reason }),
      pong: (received, payload) => tell({ on: 'pong', received, payload: payload ?? null }),
    };
    const client = createWs({ url, webSocketImpl: WebSocket, retryWait: shortly, on, ...options });
    return (id, request) => client.subscribe(request, sink(id));
  },
  'graphql-sse': () => {
    let last;
    const headers = () => (last ? { 'Last-Event-ID': last } : {});
    const remember = ({ data }) => Object.values(data?.data ?? {}).forEach((event) => (last = event?.resourceVersion ?? last));
    const on = { connected: (again) => tell({ on: 'connected', again }), message: remember };
    const client = createSse({ url, headers, retry: shortly, on, ...options });
    return (id, request) => client.subscribe(request, sink(id));
  },
  eventsource: () => (id, { query, variables = {} }) => {
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const source = new EventSource(`${url}?${parameters}`);
    source.onopen = () => tell({ on: 'connected' });
    source.addEventListener('next', ({ data, lastEventId }) => tell({ id, next: JSON.parse(data), lastEventId }));
    source.addEventListener('complete', () => (source.close(), tell({ id, complete: true })));
    return () => source.close();
  },
};

const subscribe = kinds[name]();
const leaving = {};
for await (const line of createInterface({ input: process.stdin })) {
  const { id, subscribe: request, leave } = JSON.parse(line);
  if (request) leaving[id] = subscribe(id, request);
  if (leave) leaving[leave]();
}
process.exit(0);
