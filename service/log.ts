// The JSON log on stdout, and the id that follows a request through the services.
// Never lets a credential or a message's text through, wherever in a logged object it stands.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { limitRepeatedLines } from './repeated_lines.ts';
import type { LogLevel } from './settings_kinds.ts';

export type Log = Logger;

/** In lower case; the keys of a logged object are compared without regard to case. */
const HIDDEN = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'sec-websocket-protocol',
  'password',
  'token',
  'accesstoken',
  'content',
]);
const DEEPEST = 8;

/** A log whose lines carry `service`, `level` as a word and an RFC 3339 time. `to` is stdout unless told. */
export function createLog(options: { service: string; level?: LogLevel; to?: DestinationStream }): Log {
  const log = pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (line) => hide(line) },
      serializers: { err: plainError },
    },
    options.to ?? pino.destination({ fd: 1, sync: true }),
  );
  // Formatters do not see what a child is bound to.
  const { child } = log;
  log.child = function hidingChild(this: Log, bindings: object, childOptions?: object) {
    return child.call(this, hide(bindings), childOptions);
  } as typeof child;
  limitRepeatedLines(log);
  return log;
}

/**
 * The id of a request: the caller's `X-Request-Id` where the caller is trusted (a proxy or a service of ours) and the
 * id is plain, else a new UUID. So nobody outside can write into our logs or borrow another request's id.
 */
export function requestId(headers: IncomingHttpHeaders, trusted: boolean): string {
  const given = headers['x-request-id'];
  if (trusted && typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given)) return given;
  // A copy: V8 keeps what randomUUID concatenates in its twenty pieces, 480 bytes for as long as a socket is open.
  return Buffer.from(randomUUID(), 'latin1').toString('latin1');
}

/** What an error says, and not what libraries hang on it: pg adds the whole client, with its keys. */
function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name: type, message, stack, code, cause } = error as NodeJS.ErrnoException;
  return { type, message, stack, code, ...(cause instanceof Error ? { cause: plainError(cause) } : {}) };
}

/** By hand: pino's own redaction with wildcards costs 30 µs a line, this 1. Copies only where it hides something. */
function hide<T extends object>(value: T, depth = 0): T {
  let copy: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const shown = HIDDEN.has(key.toLowerCase()) ? '[hidden]' : isPlain(inner) ? deeper(inner, depth) : inner;
    if (shown === inner) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[key] = shown;
  }
  return (copy ?? value) as T;
}

const deeper = (value: object, depth: number) => (depth < DEEPEST ? hide(value, depth + 1) : '[too deep]');

/** Errors have their serializer; what brings its own JSON (dates, URLs) and bytes are left alone. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Error || 'toJSON' in value || ArrayBuffer.isView(value))
  );
}
