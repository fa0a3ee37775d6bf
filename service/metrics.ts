// The Prometheus registry of a service and the helpers to declare its metrics. Never uses the global registry, because
// several services may run in one process. Names must be unique across services: `npm start` serves both registries as
// one.
import { Counter, collectDefaultMetrics, Gauge, type Metric, type MetricValue, Registry } from 'prom-client';

/** Upper bounds of the buckets: of durations, in seconds, and of batches, in messages. */
export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const MESSAGES_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Creates a registry that adds the label `service` to every series. */
export function createMetrics(options: { service: string }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  return registry;
}

/** Sampling interval of the event loop delay, in ms. The default, 10 ms, uses a third of the CPU of an idle process. */
export const LOOP_DELAY_RESOLUTION_MS = 50;

/**
 * Adds Node's own metrics: memory, CPU, event loop delay, garbage collection. They are per process: the main program
 * adds them to one registry.
 */
export function addRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_RESOLUTION_MS });
}

/** Counts by key. Hot paths add to a plain map; the counter of the library is updated only on a scrape. */
export class Tally<Key extends string = string> {
  readonly #counts: Map<Key, number>;

  /** @param known keys that are reported from the start with 0. */
  constructor(known: Iterable<Key>) {
    this.#counts = new Map(Array.from(known, (key) => [key, 0]));
  }

  /** `key` must come from a bounded set: each key is a series for the lifetime of the process. */
  add(key: Key, by = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  has(key: string): key is Key {
    return this.#counts.has(key as Key);
  }

  get counts(): ReadonlyMap<Key, number> {
    return this.#counts;
  }
}

/** A histogram without labels for hot paths: an observation costs a few additions, a twentieth of the library's. */
export class PlainHistogram {
  readonly #options: { name: string; help: string; buckets: readonly number[] };
  /** By bucket; the last one counts values above every bound. */
  readonly #counts: number[];
  #sum = 0;

  constructor(options: { name: string; help: string; buckets: readonly number[] }) {
    this.#options = options;
    this.#counts = Array.from({ length: options.buckets.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { buckets } = this.#options;
    let index = 0;
    while (index < buckets.length && value > buckets[index]!) index += 1;
    this.#counts[index]! += 1;
    this.#sum += value;
  }

  register(registry: Registry): void {
    const { name, help } = this.#options;
    const described = { name, help, type: 'histogram', aggregator: 'sum', labelNames: [] };
    // Only the properties that a registry uses.
    const metric = { ...described, get: async () => ({ ...described, values: this.#values() }) };
    registry.registerMetric(metric as unknown as Metric);
  }

  /** In the form of Prometheus: buckets are cumulative. */
  #values(): (MetricValue<'le'> & { metricName: string })[] {
    const { name, buckets } = this.#options;
    let count = 0;
    const cumulative = this.#counts.map((own, index) => {
      count += own;
      return { metricName: `${name}_bucket`, labels: { le: buckets[index] ?? '+Inf' }, value: count };
    });
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels: {}, value: this.#sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
  }
}

/** Adds a counter whose value is kept elsewhere; `read` is called on each scrape. */
export function addCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** Adds a counter with one label whose values are kept in a tally. */
export function addTally(registry: Registry, name: string, help: string, label: string, tally: Tally): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, count] of tally.counts) this.inc({ [label]: key }, count);
    },
  });
}

/** Adds a gauge whose value is kept elsewhere; `read` is called on each scrape. */
export function addGauge(registry: Registry, name: string, help: string, read: () => number | Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read());
    },
  });
}

/** Adds the counter of refusals per address: in each process with a public listener. */
export function addAddressRefusals(registry: Registry, refusals: Tally): void {
  addTally(
    registry,
    'parlance_address_refusals_total',
    'Requests and upgrades refused before any other check, because their address sent too many requests or had too many connections open',
    'reason',
    refusals,
  );
}
