// Typed listeners. One that throws disturbs nobody else.
export type Listener<Event> = (event: Event) => void;

export interface ListenOptions {
  /** Takes the listener off. */
  signal?: AbortSignal | undefined;
}

/** Whom to call for each event of `Events`. */
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
        // As an EventTarget does: the fault is reported where faults are, and the others are called.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
