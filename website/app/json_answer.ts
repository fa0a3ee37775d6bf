// Sends JSON answers without Express. Never validates them.
import type { ServerResponse } from 'node:http';

/** Sends an answer that is not cached. Headers that are already set are sent too. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
