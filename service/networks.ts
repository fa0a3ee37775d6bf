// The networks that an address belongs to, for bounds that many addresses of one customer share. Knows no request
// (origin.ts does). Addresses come as clientAddress returns them: IPv4, an IPv6 /64 such as `2001:db8:1:2::/64`, or
// `unknown`, which stands for itself.

/** The IPv6 /48, which providers give to one customer (RFC 6177); an IPv4 address stands for itself. */
export const siteOf = (address: string): string => address.replace(/:[^:]*::\/64$/, '::/48');

/** The IPv6 /48 or the IPv4 /24. */
export const wideNetwork = (address: string): string => siteOf(address).replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0/24');
