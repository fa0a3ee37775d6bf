// Protection against DNS rebinding: refuses requests with an unknown Host. The browser treats a page whose name
// resolves to this server as same-origin, and without PUBLIC_URL the own origin is the Host header, so the check comes
// first.
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { Problem } from './problem.ts';

export interface HostSettings {
  /** The site's own origin; its host is allowed. */
  PUBLIC_URL: string | undefined;
  /** Further host names, in lower case, without ports. */
  ALLOWED_HOSTS: readonly string[];
}

/** The host name in lower case, without port and trailing dot. */
const nameOf = (host: string) => host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');

/** IP addresses and loopback names (RFC 6761 §6.3) are not resolved by DNS. */
const isFixed = (name: string) =>
  isIPv4(name) || (/^\[.*\]$/.test(name) && isIPv6(name.slice(1, -1))) || /^([a-z0-9_-]+\.)*localhost$/.test(name);

/**
 * Throws misdirected_request unless the host is loopback, an IP address, the host of PUBLIC_URL or in ALLOWED_HOSTS;
 * ports do not matter. Requests without a Host, or with several, are refused elsewhere: no browser sends them.
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
