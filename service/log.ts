// The JSON log on stdout, and the id that follows a request through the services.
// Never lets a credential or a message's text through, wherever in a logged object it stands (four levels deep).
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import type { LogLevel } from './settings_kinds.ts';

export type Log = Logger;

const HIDDEN = [
  'authorization',
  'cookie',
  'set-cookie',
  'sec-websocket-protocol',
  'password',
  'token',
  'accessToken',
  'content',
];
const ABOVE = ['', '*', '*.*', '*.*.*'];

/** A log whose lines carry `service`, `level` as a word and an RFC 3339 time. `to` is stdout unless told. */
export function createLog(options: { service: string; level?: LogLevel; to?: DestinationStream }): Log {
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ABOVE.flatMap((above) => HIDDEN.map((key) => `${above}["${key}"]`)), censor: '[hidden]' },
    },
    options.to ?? pino.destination({ fd: 1, sync: true }),
  );
}

/**
 * The id of a request: the caller's `X-Request-Id` where the caller is trusted (a proxy or a service of ours) and the
 * id is plain, else a new UUID. So nobody outside can write into our logs or borrow another request's id.
 */
export function requestId(headers: IncomingHttpHeaders, trusted: boolean): string {
  const given = headers['x-request-id'];
  return trusted && typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
