// A service's own Prometheus registry, and how its series are declared. Never the global registry: several services may
// live in one process. Names must not repeat between services: `npm start` answers with both registries at once.
import { Counter, collectDefaultMetrics, Gauge, type Metric, type MetricValue, Registry } from 'prom-client';

/** Upper bounds of histograms of times, in seconds, and of batches, in messages. */
export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
export const MESSAGES_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** A registry whose every series carries the label `service`. */
export function createMetrics(options: { service: string }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  return registry;
}

/** Time between two measurements of the event loop delay, in ms. The default, 10 ms, takes a third of the CPU of an idle process. */
export const LOOP_DELAY_RESOLUTION_MS = 50;

/**
 * Adds Node's own metrics: memory, CPU, event loop delay, garbage collection. They are of the process: the program that
 * starts it adds them to one registry.
 */
export function addRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_RESOLUTION_MS });
}

/** Counts by key. Hot paths add to a plain map; Prometheus' own counter is written only when it is read. */
export class Tally<Key extends string = string> {
  readonly #counts: Map<Key, number>;

  /** @param known keys that are reported from the start, as 0. */
  constructor(known: Iterable<Key>) {
    this.#counts = new Map(Array.from(known, (key) => [key, 0]));
  }

  /** `key` must come from a bounded set: each one is a series for as long as the process lives. */
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

/** A histogram without labels for hot paths: to observe costs a few additions, a twentieth of Prometheus' own. */
export class PlainHistogram {
  readonly #options: { name: string; help: string; buckets: readonly number[] };
  /** By bucket, the last one for what is larger than every bound. */
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
    // All that a registry asks of a metric.
    const metric = { ...described, get: async () => ({ ...described, values: this.#values() }) };
    registry.registerMetric(metric as unknown as Metric);
  }

  /** As Prometheus has them: each bucket contains those before it. */
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

/** A counter whose value is kept elsewhere; `read` is called when the metrics are read. */
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

/** A counter with one label, whose values are kept in a tally. */
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

/** A gauge whose value is kept elsewhere; `read` is called when the metrics are read. */
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

/** What the limits per address refused: in each process that has a public listener. */
export function addAddressRefusals(registry: Registry, refusals: Tally): void {
  addTally(
    registry,
    'parlance_address_refusals_total',
    'Requests and upgrades refused before anything else because their address asked too often or had too many connections open',
    'reason',
    refusals,
  );
}
