import { pause } from "./connection";
import { codeOf, Refused } from "./errors";
import { send } from "./http";
import type { Json } from "./json";
import type { Kind } from "./kinds";
import { comparison, type Order, type Raw, type Row, toRow } from "./rows";
import { Batch, Store } from "./store";
import { follow, type WatchEvent } from "./watch";

export interface ListQuery {
  namespace: string | undefined;
  where: Json | undefined;
  labelSelector: string | undefined;
  order: (Order & { value: string }) | undefined;
}

export interface ListState {
  phase: "loading" | "ready" | "failed";
  error: unknown;
  rows: readonly Row[];
  total: number;
  hasMore: boolean;
  loadingMore: boolean;
}

interface Page {
  resourceVersion: string;
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: { raw: Raw }[];
}

/** After these, listing again is of no use. */
const FINAL = new Set(["KIND_REMOVED", "FORBIDDEN", "UNAUTHENTICATED", "BAD_USER_INPUT"]);

const FIRST_PAGE = 40;
const MAX_PAGE = 400;
const PAGE_CHARACTERS = 1_500_000;

/** The resources of a kind that match a query, as they are now: pages are read at one position, and watched from there. */
export class Listing {
  readonly state = new Store<ListState>({
    phase: "loading",
    error: undefined,
    rows: [],
    total: 0,
    hasMore: false,
    loadingMore: false,
  });
  #rows = new Map<string, Row>();
  /** Resources that the watch has told of: what pages say of them is older. */
  #told = new Set<string>();
  #position: string | undefined;
  #after: string | null = null;
  #size = FIRST_PAGE;
  #total = 0;
  #hasMore = false;
  #boundary: Row | undefined;
  #loading = false;

  constructor(
    readonly kind: Kind,
    readonly query: ListQuery,
  ) {}

  /** Follows until the signal says stop. */
  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        this.#begin();
        await this.#readPage(signal);
        attempt = 0;
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        if (error instanceof Refused && !error.retryable && error.code !== "EXPIRED") return;
      }
      await pause(attempt, signal);
    }
  }

  /** Reads the next page, if there is one and none is being read. */
  loadMore = (signal?: AbortSignal): void => {
    if (!this.#hasMore || this.#loading) return;
    this.#readPage(signal).catch(error => {
      if (codeOf(error) !== "EXPIRED") this.#fail(error);
    });
  };

  #begin(): void {
    this.#rows = new Map();
    this.#told = new Set();
    this.#position = undefined;
    this.#after = null;
    this.#boundary = undefined;
  }

  async #readPage(signal?: AbortSignal): Promise<void> {
    this.#loading = true;
    if (this.#position) this.#publish();
    try {
      const first = this.#size;
      const variables = { ...this.#variables(), first, after: this.#after, at: this.#position };
      const { data, size } = await send<Record<string, Page>>(this.#listDocument(), variables, signal);
      const page = Object.values(data)[0]!;
      this.#position ??= page.resourceVersion;
      this.#take(page);
      const each = size / Math.max(1, page.nodes.length);
      this.#size = Math.max(
        5,
        Math.min(MAX_PAGE, Math.floor(PAGE_CHARACTERS / Math.max(each, 1)), first * 4),
      );
    } finally {
      this.#loading = false;
    }
    this.#publish();
  }

  #take(page: Page): void {
    const isFirst = this.#after === null;
    for (const { raw } of page.nodes) {
      const row = toRow(raw, this.kind, this.query.order);
      this.#boundary = row;
      if (!this.#told.has(row.uid)) this.#rows.set(row.uid, row);
    }
    if (isFirst) this.#total = page.totalCount;
    this.#hasMore = page.pageInfo.hasNextPage;
    this.#after = page.pageInfo.endCursor;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const batch = new Batch<WatchEvent<{ raw: Raw }>>(events => this.#apply(events));
    let ended: Refused | undefined;
    await follow<{ raw: Raw }>({
      document: this.#watchDocument(),
      variables: this.#variables(),
      resourceVersion: this.#position,
      signal,
      onEvent: event => event.object && batch.add(event),
      onEnd: error => {
        batch.flush();
        ended = error;
      },
    });
    if (ended && FINAL.has(ended.code)) {
      this.state.update(state => ({ ...state, phase: "failed", error: ended }));
      throw ended;
    }
  }

  #apply(events: WatchEvent<{ raw: Raw }>[]): void {
    const now = Date.now();
    for (const { type, object } of events) {
      if (!object) continue;
      const row = toRow(object.raw, this.kind, this.query.order, now);
      this.#told.add(row.uid);
      if (type === "DELETED" || type === "LEFT") {
        this.#rows.delete(row.uid);
        this.#total = Math.max(0, this.#total - 1);
      } else {
        if (type === "ADDED") this.#total += 1;
        this.#rows.set(row.uid, row);
      }
    }
    this.#publish();
  }

  #publish(): void {
    const compare = comparison(this.query.order);
    const boundary = this.#boundary;
    let rows = [...this.#rows.values()].sort(compare);
    // What lies behind the last page that was read comes with the pages to which it belongs.
    if (this.#hasMore && boundary) rows = rows.filter(row => compare(row, boundary) <= 0);
    this.state.set({
      phase: "ready",
      error: undefined,
      rows,
      total: Math.max(this.#total, rows.length),
      hasMore: this.#hasMore,
      loadingMore: this.#loading,
    });
  }

  #fail(error: unknown): void {
    this.state.update(state => (state.phase === "ready" ? state : { ...state, phase: "failed", error }));
  }

  #variables(): Record<string, unknown> {
    const { namespace, where, labelSelector } = this.query;
    const { scope } = this.kind;
    return { ...(scope === "CLUSTER" ? {} : { namespace }), where, labelSelector };
  }

  #listDocument(): string {
    const { names, name, scope } = this.kind;
    const [declared, passed] =
      scope === "CLUSTER" ? ["", ""] : ["$namespace: String, ", "namespace: $namespace, "];
    const order = this.query.order ? `, orderBy: [${this.query.order.value}]` : "";
    return `query List(${declared}$where: ${name}Filter, $labelSelector: String, $first: Int, $after: String, $at: String) {
      ${names.plural}(${passed}where: $where, labelSelector: $labelSelector, first: $first, after: $after, resourceVersion: $at${order}) {
        totalCount resourceVersion pageInfo { hasNextPage endCursor } nodes { raw }
      }
    }`;
  }

  #watchDocument(): string {
    const { names, name, scope } = this.kind;
    const [declared, passed] =
      scope === "CLUSTER" ? ["", ""] : ["$namespace: String, ", "namespace: $namespace, "];
    return `subscription Watch(${declared}$where: ${name}Filter, $labelSelector: String, $resourceVersion: String) {
      ${names.watch}(${passed}where: $where, labelSelector: $labelSelector, resourceVersion: $resourceVersion) {
        type resourceVersion object { raw }
      }
    }`;
  }
}
