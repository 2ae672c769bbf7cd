import { useSyncExternalStore } from "react";

/** A value that is replaced, never changed in place, and that components follow. */
export class Store<Value> {
  #value: Value;
  readonly #listeners = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get = (): Value => this.#value;

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }

  update(change: (value: Value) => Value): void {
    this.set(change(this.#value));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Collects what comes fast, and hands it over once a frame, also where the page is in the background. */
export class Batch<Item> {
  #items: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #flush: (items: Item[]) => void;
  readonly #milliseconds: number;

  constructor(flush: (items: Item[]) => void, milliseconds = 30) {
    this.#flush = flush;
    this.#milliseconds = milliseconds;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#timer ??= setTimeout(() => this.flush(), this.#milliseconds);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const items = this.#items;
    this.#items = [];
    if (items.length) this.#flush(items);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#items = [];
  }
}
