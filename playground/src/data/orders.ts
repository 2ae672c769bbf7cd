import { useEffect, useState } from "react";
import { request } from "./http";
import type { Kind } from "./kinds";

interface OrdersAnswer {
  __type: { enumValues: { name: string; description: string | null }[] } | null;
}

/** What a kind can be ordered by: the names of GraphQL by path and direction, such as `spec.port desc`. */
export type Orders = ReadonlyMap<string, string>;

export function orderKey(path: string, descending: boolean): string {
  return `${path} ${descending ? "desc" : "asc"}`;
}

/** Returns the orders of a kind, which the server names in the descriptions of an enum's values. */
export function useOrders(kind: Kind): Orders {
  const [orders, setOrders] = useState<Orders>(new Map());
  const { name, generation } = kind;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another generation may have other indexes
  useEffect(() => {
    const stop = new AbortController();
    const query = "query Orders($type: String!) { __type(name: $type) { enumValues { name description } } }";
    request<OrdersAnswer>(query, { type: `${name}OrderBy` }, stop.signal).then(
      answer => setOrders(read(answer)),
      () => undefined,
    );
    return () => stop.abort();
  }, [name, generation]);
  return orders;
}

function read({ __type }: OrdersAnswer): Orders {
  const orders = new Map<string, string>();
  for (const { name, description } of __type?.enumValues ?? []) {
    const match = /^By `([^`]+)`, (ascending|descending)/.exec(description ?? "");
    if (match) orders.set(orderKey(match[1]!, match[2] === "descending"), name);
  }
  return orders;
}
