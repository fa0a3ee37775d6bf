// The network that an address stands in: what one person or company usually has. Knows no request (origin.ts does).

/**
 * IPv4: the /24. IPv6: the /48, which providers give to one customer. Anything else stands for itself.
 * @param address as clientAddress tells it: an IPv4 address, an IPv6 /64 such as `2001:db8:1:2::/64`, or `unknown`
 */
export function wideNetwork(address: string): string {
  if (address.endsWith('::/64')) return `${address.split(':').slice(0, 3).join(':')}::/48`;
  return address.replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0/24');
}
