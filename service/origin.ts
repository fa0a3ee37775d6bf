// Determines the origin of a request (RFC 6454) and the address of its client. Does not decide what either may do.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

export interface OriginSettings {
  /** The site's own origin; unset: `http://` and the Host header. */
  PUBLIC_URL: string | undefined;
  /** Other origins that may use the API with bearer tokens and open sockets. */
  ALLOWED_ORIGINS: readonly string[];
}

export type OriginKind = 'none' | 'own' | 'allowed' | 'foreign';

/** Returns the site's own origin as the client of this request sees it. */
export const ownOrigin = (request: IncomingMessage, settings: OriginSettings): string =>
  settings.PUBLIC_URL ?? `http://${request.headers.host ?? ''}`;

/** `none`: the request has no Origin header, as from programs. */
export function originKind(request: IncomingMessage, settings: OriginSettings): OriginKind {
  const { origin } = request.headers;
  if (origin === undefined) return 'none';
  if (origin === ownOrigin(request, settings)) return 'own';
  return settings.ALLOWED_ORIGINS.includes(origin) ? 'allowed' : 'foreign';
}

/** A client with one IPv6 address usually has the whole /64: it counts as one address. IPv4-mapped IPv6 is IPv4. */
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
 * Returns a function that determines the client's address, for IPv6 the /64. X-Forwarded-For is trusted only as far as
 * proxies in `trusted` (CIDRs) wrote it. `unknown`: the client disconnected before.
 */
export function clientAddress(trusted: readonly string[]): (request: IncomingMessage) => string {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => {
    const peer = request.socket.remoteAddress;
    // X-Forwarded-For of an untrusted peer is ignored.
    if (peer !== undefined && !trust(peer, 0)) return networkOf(peer);
    const told = (proxyAddr(request, trust) as string | undefined) ?? '';
    // A proxy may pass on anything that a client wrote: when it is not an IP address, the proxy's address counts.
    return networkOf(isIP(told) ? told : (request.socket.remoteAddress ?? 'unknown'));
  };
}

/** Returns a function that tells whether the peer is a trusted proxy, so that its headers can be trusted. */
export function fromTrustedProxy(trusted: readonly string[]): (request: IncomingMessage) => boolean {
  const trust = proxyAddr.compile([...trusted]);
  return (request) => trust(request.socket.remoteAddress ?? '', 0);
}
