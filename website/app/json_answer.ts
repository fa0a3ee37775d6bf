// Answers with JSON where Express does not. Checks nothing.
import type { ServerResponse } from 'node:http';

/** Nobody keeps the answer. Headers that are set already are sent as well. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
