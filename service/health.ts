// The probes of a service's internal listener: readiness and metrics. Does not define readiness, and must never be
// served on a public port.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Registry } from 'prom-client';

const PATIENCE_MS = 2_000;

export interface Probe {
  /** Returns why the service is not ready; empty: ready. Throwing or taking longer than 2 s counts as a reason. */
  ready: () => Promise<string[]>;
  /** Returns problems that an operator should fix although the service works. */
  warnings: () => string[];
  metrics: Registry;
}

/**
 * Returns a handler for `GET /readyz` (200 or 503, JSON `{ready, reasons, warnings}`) and `GET /metrics` (Prometheus
 * text). The handler returns false, without any effect, for every other request.
 */
export function createInternalProbe(probe: Probe): (req: IncomingMessage, res: ServerResponse) => boolean {
  return (req, res) => {
    const path = req.url?.split('?', 1)[0];
    if (req.method !== 'GET' || (path !== '/readyz' && path !== '/metrics')) return false;
    void (path === '/readyz' ? answerReady(probe, res) : answerMetrics([probe.metrics], res));
    return true;
  };
}

async function answerReady(probe: Probe, res: ServerResponse): Promise<void> {
  const reasons = await reasonsOf(probe.ready);
  res.writeHead(reasons.length === 0 ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  res.end(JSON.stringify({ ready: reasons.length === 0, reasons, warnings: probe.warnings() }));
}

/** Never rejects and never takes longer than `patienceMs`. */
export async function reasonsOf(ready: Probe['ready'], patienceMs = PATIENCE_MS): Promise<string[]> {
  const late = Promise.withResolvers<string[]>();
  const timer = setTimeout(
    () => late.resolve([`the readiness check did not finish within ${patienceMs} ms`]),
    patienceMs,
  );
  try {
    return await Promise.race([ready(), late.promise]);
  } catch (error) {
    return [`the readiness check failed: ${error instanceof Error ? error.message : String(error)}`];
  } finally {
    clearTimeout(timer);
  }
}

/** Answers with the metrics of all `registries` as one text. */
export async function answerMetrics(registries: readonly Registry[], res: ServerResponse): Promise<void> {
  try {
    const texts = await Promise.all(registries.map((registry) => registry.metrics()));
    res.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(texts.join(''));
  } catch {
    res.writeHead(500).end();
  }
}
