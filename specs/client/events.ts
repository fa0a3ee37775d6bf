// Typed event listeners. A listener that throws does not affect the others.
export type Listener<Event> = (event: Event) => void;

export interface ListenOptions {
  /** Removes the listener. */
  signal?: AbortSignal | undefined;
}

/** The listeners of each event of `Events`. */
export class Listeners<Events> {
  readonly #of = new Map<keyof Events, Set<Listener<never>>>();

  /** Calls `listener` for every later event, until the returned function is called or `signal` aborts. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>, { signal }: ListenOptions = {}): () => void {
    if (signal?.aborted) return () => {};
    const own: Listener<Events[E]> = (value) => listener(value);
    const set = this.#of.get(event) ?? new Set();
    this.#of.set(event, set.add(own));
    const off = () => {
      set.delete(own);
      signal?.removeEventListener('abort', off);
    };
    signal?.addEventListener('abort', off);
    return off;
  }

  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const listener of [...(this.#of.get(event) ?? [])]) {
      try {
        (listener as Listener<Events[E]>)(value);
      } catch (error) {
        // As in an EventTarget: the error is reported as uncaught, and the other listeners are called.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
