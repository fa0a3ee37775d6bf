// A service's own Prometheus registry. Never the global one: several services may live in one process.
import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * A registry whose every series carries the label `service`. `runtime` adds Node's own metrics (memory, event loop):
 * they are of the process, so one service per process should ask for them.
 */
export function createMetrics(options: { service: string; runtime?: boolean }): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.runtime) collectDefaultMetrics({ register: registry });
  return registry;
}
