// Which host names a server answers to. A page whose name was made to mean our address (DNS rebinding) is same-origin to
// its browser, and without PUBLIC_URL the own origin is the Host header: such a name is refused before anything hangs on it.
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { Problem } from './problem.ts';

export interface HostSettings {
  /** The site's own origin; its host is answered. */
  PUBLIC_URL: string | undefined;
  /** Further names, in small letters, without ports. */
  ALLOWED_HOSTS: readonly string[];
}

/** A name without its port and the dot at its end, in small letters. */
const nameOf = (host: string) => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

/** No name server says what an address or a loopback name (RFC 6761, 6.3) means. */
const isFixed = (name: string) =>
  isIPv4(name) || (/^\[.*\]$/.test(name) && isIPv6(name.slice(1, -1))) || /^([a-z0-9_-]+\.)*localhost$/.test(name);

/**
 * Throws misdirected_request unless a request's host is loopback, an IP address, PUBLIC_URL's or in ALLOWED_HOSTS; ports do
 * not matter. A request without Host, or with several, is left to whoever reads it next: no browser sends one.
 */
export function refuseOtherHosts(settings: HostSettings): (request: IncomingMessage) => void {
  const own = settings.PUBLIC_URL === undefined ? [] : [new URL(settings.PUBLIC_URL).hostname];
  const known = new Set([...own, ...settings.ALLOWED_HOSTS]);
  const help = 'The operator of this server can set PUBLIC_URL, or list this host name in ALLOWED_HOSTS.';
  return ({ headersDistinct: { host = [] } }) => {
    if (host.length !== 1) return;
    const name = nameOf(host[0]!);
    if (!isFixed(name) && !known.has(name)) throw new Problem('misdirected_request', help);
  };
}
