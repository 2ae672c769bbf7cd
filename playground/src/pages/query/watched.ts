import type { Json } from "~/data/json";
import { Batch, Store } from "~/data/store";
import type { EventType } from "~/data/watch";

export interface WatchedEvent {
  type: EventType;
  resourceVersion: string | null;
  object: Json;
  previous: Json;
  changedPaths: string[];
  at: number;
}

export interface WatchedState {
  isRunning: boolean;
  isPaused: boolean;
  /** Newest first. */
  events: readonly WatchedEvent[];
  /** How many came while it was paused. */
  missed: number;
}

const MAX_EVENTS = 500;
const NOTHING: WatchedState = { isRunning: false, isPaused: false, events: [], missed: 0 };

/** What the watch that runs in the query editor has told. */
class Watched {
  readonly state = new Store(NOTHING);
  #held: WatchedEvent[] = [];
  readonly #batch = new Batch<WatchedEvent>(events => this.#take(events));

  begin(): void {
    this.#held = [];
    this.state.set({ ...NOTHING, isRunning: true });
  }

  end(): void {
    this.#batch.flush();
    this.state.update(state => ({ ...state, isRunning: false }));
  }

  add(event: WatchedEvent): void {
    if (event.type !== "BOOKMARK") this.#batch.add(event);
  }

  pause(isPaused: boolean): void {
    const held = isPaused ? [] : this.#held;
    if (!isPaused) this.#held = [];
    this.state.update(state => ({
      ...state,
      isPaused,
      missed: 0,
      events: [...held, ...state.events].slice(0, MAX_EVENTS),
    }));
  }

  #take(events: WatchedEvent[]): void {
    const newest = [...events].reverse();
    if (this.state.get().isPaused) {
      this.#held = [...newest, ...this.#held].slice(0, MAX_EVENTS);
      this.state.update(state => ({ ...state, missed: state.missed + events.length }));
    } else
      this.state.update(state => ({ ...state, events: [...newest, ...state.events].slice(0, MAX_EVENTS) }));
  }
}

export const watched = new Watched();
