// Measures the live heap of a Node process, which RSS does not show: the process's inspector collects all garbage first.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import type { Server } from './server.ts';
import type { System } from './system.ts';

const LISTENING = /Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)/g;
const PATIENCE_MS = 20_000;

/** Live heap in MB, by the server's name. */
export async function liveHeaps({ chats, websites }: System): Promise<Map<string, number>> {
  const all = new Map<string, number>();
  for (const server of [...chats, ...websites]) all.set(server.name, await liveHeap(server));
  return all;
}

/** Opens the process's inspector on a loopback port, and closes it again. */
async function liveHeap(server: Server): Promise<number> {
  const from = readFileSync(server.logFile).length;
  process.kill(server.pid!, 'SIGUSR1');
  const url = await listening(server.logFile, from);
  const ws = new WebSocket(url);
  try {
    await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
    await ask(ws, 1, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await ask(ws, 2, 'Runtime.getHeapUsage')) as { usedSize: number };
    await ask(ws, 3, 'Runtime.evaluate', {
      expression: "setTimeout(() => process.getBuiltinModule('inspector').close(), 100)",
    });
    return usedSize / 1024 ** 2;
  } finally {
    ws.terminate();
  }
}

async function listening(logFile: string, from: number): Promise<string> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    const text = readFileSync(logFile).subarray(from).toString();
    const url = [...text.matchAll(LISTENING)].at(-1)?.[1];
    if (url) return url;
    await sleep(50);
  }
  throw new Error(`${logFile} has no URL of an inspector`);
}

function ask(ws: WebSocket, id: number, method: string, params = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    ws.on('message', (data) => {
      const answer = JSON.parse(String(data)) as { id: number; result: unknown };
      if (answer.id === id) resolve(answer.result);
    });
    ws.once('close', () => reject(new Error(`the inspector did not answer ${method}`)));
    ws.send(JSON.stringify({ id, method, params }));
  });
}
