// Gives a request its id, and logs one line when it ends. Never logs a query, a header or a body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, requestId } from '@parlance/service/log.ts';
import { clientAddress, fromTrustedProxy } from '@parlance/service/origin.ts';

/** @returns a function that logs a request when it ends, and returns its id, which the answer has as X-Request-Id. */
export function requestLog(
  log: Log,
  { TRUSTED_PROXIES }: { TRUSTED_PROXIES: readonly string[] },
): (request: IncomingMessage, response: ServerResponse) => string {
  const trusted = fromTrustedProxy(TRUSTED_PROXIES);
  const addressOf = clientAddress(TRUSTED_PROXIES);
  return (request, response) => {
    const began = performance.now();
    const id = requestId(request.headers, trusted(request));
    response.setHeader('X-Request-Id', id);
    if (!log.isLevelEnabled('info')) return id;
    // Read now: Express changes the URL while it routes, and a closed socket has no peer address.
    const { method, url = '' } = request;
    const address = addressOf(request);
    response.once('close', () => {
      const ms = Math.round((performance.now() - began) * 10) / 10;
      const path = url.split('?')[0];
      log.info({ requestId: id, method, path, status: response.statusCode, ms, address }, 'request');
    });
    return id;
  };
}
