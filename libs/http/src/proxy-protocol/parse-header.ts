import { isIPv4, isIPv6 } from 'node:net';

/** What the bytes at the beginning of a connection are. */
export type ProxyHeader =
  /** There is no more to be said before further bytes have come. */
  | { kind: 'incomplete' }
  /** Not what a proxy sends; `reason` is constant text. */
  | { kind: 'refused'; reason: string }
  /** A whole header. `address`: where the client is; undefined when the proxy speaks for itself (its own health check, for example). */
  | { kind: 'complete'; length: number; address: string | undefined };

/** Longest header of version 1 (PROXY protocol §2.1), and longest of version 2 that is taken: addresses and a few TLVs. */
const V1_MAX = 107;
const V2_MAX = 2_048;
const V2_SIGNATURE = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);
const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V2_FIXED = 16;

const refused = (reason: string): ProxyHeader => ({ kind: 'refused', reason });
const incomplete: ProxyHeader = { kind: 'incomplete' };

/** Reads a header of the PROXY protocol, version 1 or 2, from all bytes that have come so far. Never throws. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (begins(bytes, V2_SIGNATURE)) return bytes.length < V2_FIXED ? incomplete : version2(bytes);
  if (begins(bytes, V1_SIGNATURE)) return version1(bytes);
  return refused('no PROXY header');
}

/** Whether the bytes are a beginning of the signature, or begin with it. */
function begins(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.subarray(0, length).equals(signature.subarray(0, length));
}

function version1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, V1_MAX).indexOf('\r\n');
  if (end < 0) return bytes.length >= V1_MAX ? refused('a line that is too long') : incomplete;
  const words = bytes.subarray(0, end).toString('latin1').split(' ');
  const length = end + 2;
  const [, family, source = '', target = '', sourcePort = '', targetPort = ''] = words;
  if (family === 'UNKNOWN') return { kind: 'complete', length, address: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (!isAddress) return refused('an unknown protocol');
  // A zone names an interface of the proxy's, and has no place in an address of somebody else.
  const good = (address: string): boolean => isAddress(address) && !address.includes('%');
  const isPort = (text: string): boolean => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
  if (words.length !== 6 || !good(source) || !good(target) || !isPort(sourcePort) || !isPort(targetPort)) {
    return refused('addresses that are none');
  }
  return { kind: 'complete', length, address: source };
}

function version2(bytes: Buffer): ProxyHeader {
  const [versionAndCommand, familyAndTransport] = [bytes.readUInt8(12), bytes.readUInt8(13)];
  if (versionAndCommand >> 4 !== 2) return refused('an unknown version');
  const command = versionAndCommand & 0x0f;
  if (command > 1) return refused('an unknown command');
  const length = V2_FIXED + bytes.readUInt16BE(14);
  if (length > V2_MAX) return refused('a header that is too long');
  if (bytes.length < length) return incomplete;
  // LOCAL: the proxy's own connection; whatever addresses it holds are to be ignored (§2.2).
  if (command === 0) return { kind: 'complete', length, address: undefined };
  const addresses = bytes.subarray(V2_FIXED, length);
  switch (familyAndTransport) {
    case 0x00: // not said
      return { kind: 'complete', length, address: undefined };
    case 0x11: // TCP over IPv4: two addresses, two ports
      if (addresses.length < 12) return refused('addresses that are too short');
      return { kind: 'complete', length, address: addresses.subarray(0, 4).join('.') };
    case 0x21: // TCP over IPv6
      if (addresses.length < 36) return refused('addresses that are too short');
      return { kind: 'complete', length, address: ipv6(addresses) };
    default:
      return refused('an unknown protocol');
  }
}

const ipv6 = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':');
