// The networks of an address, for limits that many addresses of one customer share. Addresses have the form that
// clientAddress (origin.ts) returns: IPv4, an IPv6 /64 such as `2001:db8:1:2::/64`, or `unknown`, which is its own
// network.

/** Returns the IPv6 /48, which providers assign to one customer (RFC 6177); an IPv4 address is returned unchanged. */
export const siteOf = (address: string): string => address.replace(/:[^:]*::\/64$/, '::/48');

/** Returns the IPv6 /48 or the IPv4 /24. */
export const wideNetwork = (address: string): string => siteOf(address).replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0/24');
