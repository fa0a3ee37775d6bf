// The probes of the internal listener, over HTTP.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Counter } from 'prom-client';
import { createInternalProbe } from '../health.ts';
import { closeServer, listen } from '../listen.ts';
import { addRuntimeMetrics, createMetrics } from '../metrics.ts';

async function serve(
  t: TestContext,
  ready: () => Promise<string[]>,
  warnings: string[] = [],
): Promise<{ base: string; metrics: ReturnType<typeof createMetrics> }> {
  const metrics = createMetrics({ service: 'chat' });
  const probe = createInternalProbe({ ready, warnings: () => warnings, metrics });
  const server = createServer((req, res) => probe(req, res) || res.writeHead(404).end('not the probe'));
  const port = await listen(server, 0, '127.0.0.1');
  t.after(() => closeServer(server));
  return { base: `http://127.0.0.1:${port}`, metrics };
}

test('readyz is 200 without reasons and 503 with reasons; warnings do not change the status', async (t) => {
  const reasons: string[] = [];
  const warnings: string[] = [];
  const { base } = await serve(t, async () => reasons, warnings);
  const good = await fetch(`${base}/readyz?x=1`);
  assert.deepEqual([good.status, await good.json()], [200, { ready: true, reasons: [], warnings: [] }]);
  warnings.push('the clocks differ');
  const warned = await fetch(`${base}/readyz`);
  assert.deepEqual([warned.status, await warned.json()], [200, { ready: true, reasons: [], warnings }]);
  reasons.push('the database does not answer');
  const bad = await fetch(`${base}/readyz`);
  assert.deepEqual([bad.status, await bad.json()], [503, { ready: false, reasons, warnings }]);
});

test('a readiness check that throws or hangs is reported as a reason, within 2 s', async (t) => {
  const throwing = await serve(t, () => Promise.reject(new Error('boom')));
  assert.deepEqual(await (await fetch(`${throwing.base}/readyz`)).json(), {
    ready: false,
    reasons: ['the readiness check failed: boom'],
    warnings: [],
  });
  const hanging = await serve(t, () => new Promise(() => undefined));
  const answer = await fetch(`${hanging.base}/readyz`);
  assert.deepEqual(
    [answer.status, await answer.json()],
    [503, { ready: false, reasons: ['the readiness check did not finish within 2000 ms'], warnings: [] }],
  );
});

test('metrics of two services in one process stay separate', async (t) => {
  const one = await serve(t, async () => []);
  const two = createMetrics({ service: 'website' });
  addRuntimeMetrics(two);
  for (const registry of [one.metrics, two])
    new Counter({ name: 'messages_total', help: 'Messages.', registers: [registry] });
  const answer = await fetch(`${one.base}/metrics`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal(
    await answer.text(),
    '# HELP messages_total Messages.\n# TYPE messages_total counter\nmessages_total{service="chat"} 0\n\n'.replace(
      '\n\n',
      '\n',
    ),
  );
  assert.match(await two.metrics(), /process_resident_memory_bytes\{service="website"\}/);
});

test('all other requests are left to the next handler', async (t) => {
  const { base } = await serve(t, async () => []);
  for (const [path, method] of [
    ['/', 'GET'],
    ['/readyz/', 'GET'],
    ['/readyz', 'POST'],
    ['/metrics', 'DELETE'],
  ] as const) {
    const answer = await fetch(base + path, { method });
    assert.deepEqual([answer.status, await answer.text()], [404, 'not the probe'], `${method} ${path}`);
  }
});
