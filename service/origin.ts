// Whose page a request comes from (RFC 6454), and its client's address. Decides nothing about what either may do.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

export interface OriginSettings {
  /** The site's own origin; absent: `http://` and the Host header. */
  PUBLIC_URL: string | undefined;
  /** Other origins that may use the API with bearer tokens and open sockets. */
  ALLOWED_ORIGINS: readonly string[];
}

export type OriginKind = 'none' | 'own' | 'allowed' | 'foreign';

/** The site's own origin as the client of this request knows it. */
export const ownOrigin = (request: IncomingMessage, settings: OriginSettings): string =>
  settings.PUBLIC_URL ?? `http://${request.headers.host ?? ''}`;

/** `none`: the request names no origin, as programs do. */
export function originKind(request: IncomingMessage, settings: OriginSettings): OriginKind {
  const { origin } = request.headers;
  if (origin === undefined) return 'none';
  if (origin === ownOrigin(request, settings)) return 'own';
  return settings.ALLOWED_ORIGINS.includes(origin) ? 'allowed' : 'foreign';
}

/** Whoever has an IPv6 address has 2^64 of them: they count as one. IPv4 within IPv6 is IPv4. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/**
 * Tells a client's address: X-Forwarded-For is believed only as far as proxies in `trusted` (CIDRs) wrote it; of IPv6, the
 * /64. Who hung up before anybody asked has none any more: `unknown`.
 */
export function clientAddress(trusted: readonly string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => {
    const peer = request.socket.remoteAddress;
    // X-Forwarded-For of a peer that is not trusted is not read.
    if (peer !== undefined && !trust(peer, 0)) return networkOf(peer);
    const told = (proxyAddr(request, trust) as string | undefined) ?? '';
    // A proxy can pass on whatever a client wrote: what is no address counts as the proxy's own.
    return networkOf(isIP(told) ? told : (request.socket.remoteAddress ?? 'unknown'));
  };
}

/** Whether the peer itself is one of our proxies, so that what it says about the request may be believed. */
export function fromTrustedProxy(trusted: readonly string[]): (request: IncomingMessage) => boolean {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => trust(request.socket.remoteAddress ?? '', 0);
}
