import { BlockList, isIP } from 'node:net';

/** Whether an address, of IPv4 or IPv6, is in one of some ranges. */
export type InRanges = (address: string) => boolean;

/** An IPv4 caller of a socket that listens on IPv6 too is `::ffff:192.0.2.1`: here it is 192.0.2.1. */
export const plainAddress = (ip: string): string => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;

/**
 * @param ranges `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`; none: nothing is in them
 * @throws Error naming one that is no range
 */
export function inRanges(ranges: readonly string[]): InRanges {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    const version = isIP(net);
    if (version === 0) throw new Error(`${range} is not a range of addresses, as 192.0.2.0/24 is.`);
    list.addSubnet(net, prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix), version === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  };
}
