import type { Json } from "~/data/json";
import type { Row } from "~/data/rows";

export interface Lease {
  holder: string;
  renewedAt: string | undefined;
  /** Whether the holder has been silent for longer than the lease lasts. */
  isExpired: boolean;
  transitions: number;
  queueDepth: number | undefined;
  running: number | undefined;
  isPaused: boolean;
  version: string;
  kinds: string;
  lastError: string;
}

/** Reads what a controller tells of itself in its lease; the page's columns are the order of the cells. */
export function leaseOf({ cells }: Pick<Row, "cells">, now: number): Lease {
  const [holder, renewed, duration, transitions, queue, running, paused, version, kinds, error] = cells;
  const renewedAt = textOf(renewed) || undefined;
  return {
    holder: textOf(holder),
    renewedAt,
    isExpired: !renewedAt || Date.parse(renewedAt) + Number(duration ?? 0) * 1000 < now,
    transitions: Number(transitions ?? 0),
    queueDepth: numberOf(queue),
    running: numberOf(running),
    isPaused: paused === true,
    version: textOf(version),
    kinds: textOf(kinds),
    lastError: textOf(error),
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
