// Opening and closing listeners: places in use, stale socket files, requests in flight.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { closeServer, listen } from '../listen.ts';
import { StartError } from '../start_error.ts';

test('a port in use is a StartError that names the setting', async () => {
  const first = createServer();
  const port = await listen(first, 0, '127.0.0.1');
  const second = createServer();
  await assert.rejects(listen(second, port, '127.0.0.1'), {
    name: 'StartError',
    message: `Port ${port} is in use: set PORT to another one.`,
  });
  await assert.rejects(listen(second, port, '127.0.0.1', 'INTERNAL_PORT'), {
    message: `Port ${port} is in use: set INTERNAL_PORT to another one.`,
  });
  await closeServer(first);
  assert.equal(await listen(second, port, '127.0.0.1'), port, 'the refused server can still listen');
  await closeServer(second);
});

test('a host that is not an address of this machine is a StartError', async () => {
  await assert.rejects(listen(createServer(), 0, '192.0.2.1'), {
    name: 'StartError',
    message: /this machine has no address 192\.0\.2\.1\.$/,
  });
});

test('a Unix socket that a process serves is in use; the stale socket of a killed process is replaced', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-listen-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'internal.sock');
  const killed = spawn(process.execPath, [
    '-e',
    'require("net").createServer().listen(process.argv[1], () => console.log("up"))',
    path,
  ]);
  await once(killed.stdout, 'data');
  await assert.rejects(
    listen(createServer(), path),
    (error) => error instanceof StartError && error.message.startsWith(`The socket ${path} is in use`),
  );
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.ok(existsSync(path), 'the killed process left its socket');
  const server = createServer((_req, res) => res.end('ours'));
  assert.equal(await listen(server, path), path);
  const answer = await new Promise<IncomingMessage>((resolve) => get({ socketPath: path }, resolve));
  assert.equal(Buffer.concat(await answer.toArray()).toString(), 'ours');
  await closeServer(server);
});

test('closing waits for a request in flight and not for idle keep-alive connections', async () => {
  const server = createServer((_req, res) => setTimeout(() => res.end('done'), 200));
  const port = Number(await listen(server, 0, '127.0.0.1'));
  const agent = new Agent({ keepAlive: true });
  const answered = new Promise<IncomingMessage>((resolve) => get({ port, host: '127.0.0.1', agent }, resolve));
  await once(server, 'request');
  const began = performance.now();
  await closeServer(server);
  const took = performance.now() - began;
  assert.equal((await answered).statusCode, 200);
  assert.ok(took > 100 && took < 2_000, `${took} ms`);
  agent.destroy();
});

test('closing destroys a request that does not finish within graceMs', async () => {
  const server = createServer(() => undefined);
  const port = Number(await listen(server, 0, '127.0.0.1'));
  const cut = new Promise<NodeJS.ErrnoException>((resolve) => get({ port, host: '127.0.0.1' }).on('error', resolve));
  await once(server, 'request');
  await closeServer(server, 100);
  assert.equal((await cut).code, 'ECONNRESET');
});
