import { BlockList, isIPv4, isIPv6 } from 'node:net';

const CIDR = /^([0-9a-f.:]+)\/(\d{1,3})$/i;

/** Whether a text is an address range such as `10.0.0.0/8` or `2001:db8::/32`, or a single address. */
export function isAddressRange(text: string): boolean {
  const [, address, bits] = CIDR.exec(text) ?? [undefined, text, undefined];
  if (address === undefined) return false;
  if (isIPv4(address)) return bits === undefined || Number(bits) <= 32;
  return isIPv6(address) && !address.includes('%') && (bits === undefined || Number(bits) <= 128);
}

/** Tells the peers within the ranges from all others. An IPv4 address mapped into IPv6 is the IPv4 address. */
export function trustedPeers(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return (peer) => {
    const address = peer.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
    return isIPv4(address)
      ? list.check(address, 'ipv4')
      : isIPv6(address) && list.check(address.split('%')[0]!, 'ipv6');
  };
}
