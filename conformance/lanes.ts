// Processes items with limited concurrency.

/** Resolves when `run` has finished for every item; rejects with the first rejection. */
export async function inLanes<T>(lanes: number, items: Iterable<T>, run: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await run(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
