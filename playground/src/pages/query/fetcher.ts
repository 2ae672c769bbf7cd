import type { Fetcher } from "@graphiql/toolkit";
import { socket } from "~/data/connection";
import { isObject, type Json, parseJson } from "~/data/json";
import type { EventType } from "~/data/watch";
import { type WatchedEvent, watched } from "./watched";

/** Sends what GraphiQL runs: queries and mutations over HTTP, subscriptions over the one socket. */
export const fetcher: Fetcher = (parameters, options) => {
  const { query, variables, operationName } = parameters;
  if (isSubscription(query, operationName ?? undefined)) {
    watched.begin();
    const results = socket().iterate({
      query,
      variables: variables as Record<string, unknown>,
      operationName,
    });
    return withTable(results as AsyncIterableIterator<Record<string, unknown>>);
  }
  return send({ query, variables, operationName }, options?.headers);
};

async function send(body: object, headers: Record<string, string> | undefined) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  try {
    return printable(parseJson(text)) as never;
  } catch {
    throw new Error(`The server answered with status ${response.status}: ${text.slice(0, 500)}`);
  }
}

function isSubscription(query: string, name: string | undefined): boolean {
  const operations = [...query.replace(/#.*$/gm, "").matchAll(/\b(query|mutation|subscription)\b\s*(\w*)/g)];
  const chosen = name ? operations.find(match => match[2] === name) : operations[0];
  return chosen?.[1] === "subscription";
}

/** Hands events on to the live table as well. */
async function* withTable(results: AsyncIterableIterator<Record<string, unknown>>) {
  try {
    for await (const result of results) {
      const event = eventOf(result["data"] as Json);
      if (event) watched.add(event);
      yield printable(result as Json) as never;
    }
  } finally {
    watched.end();
  }
}

function eventOf(data: Json | undefined): WatchedEvent | undefined {
  const root = isObject(data) ? Object.values(data)[0] : undefined;
  if (!isObject(root) || typeof root["type"] !== "string") return undefined;
  return {
    type: root["type"] as EventType,
    resourceVersion: typeof root["resourceVersion"] === "string" ? root["resourceVersion"] : null,
    object: root["object"] ?? null,
    previous: root["previous"] ?? null,
    changedPaths: Array.isArray(root["changedPaths"]) ? root["changedPaths"].map(String) : [],
    at: Date.now(),
  };
}

const raw = (JSON as unknown as { rawJSON?: (text: string) => unknown }).rawJSON;

/** Large integers as JSON.stringify can write them; where a browser cannot, as texts. */
function printable(value: Json): unknown {
  if (typeof value === "bigint") return raw ? raw(String(value)) : String(value);
  if (Array.isArray(value)) return value.map(printable);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printable(item)]));
}
