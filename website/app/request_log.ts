// The id of a request, and its line in the log once it is over: no query, no header, no body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, requestId } from '@parlance/service/log.ts';
import { clientAddress, fromTrustedProxy } from '@parlance/service/origin.ts';

/** @returns follows a request and tells its id, which the answer carries as X-Request-Id. */
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
    // Looked up now: Express changes the URL while it routes, and a socket that is closed has forgotten its peer.
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
