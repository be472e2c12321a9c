import { isIPv6 } from 'node:net';

const SIGNATURE = '0d0a0d0a000d0a515549540a';

interface V2Options {
  address?: string;
  version?: number;
  /** 0 LOCAL, 1 PROXY. */
  command?: number;
  /** Address family and transport in one byte; default of the address. */
  family?: number;
  tlvs?: Buffer;
}

/** A header of version 2 as a proxy sends it, or a wrong one. */
export function v2Header({ address, version = 2, command = 1, family, tlvs = Buffer.alloc(0) }: V2Options): Buffer {
  const addresses = address === undefined ? Buffer.alloc(0) : isIPv6(address) ? v6(address) : v4(address);
  const fixed = Buffer.alloc(4);
  fixed.writeUInt8((version << 4) | command, 0);
  fixed.writeUInt8(family ?? (address === undefined ? 0 : isIPv6(address) ? 0x21 : 0x11), 1);
  fixed.writeUInt16BE(addresses.length + tlvs.length, 2);
  return Buffer.concat([Buffer.from(SIGNATURE, 'hex'), fixed, addresses, tlvs]);
}

const ports = Buffer.from([0xdc, 0x04, 0x01, 0xbb]);
const v4 = (address: string): Buffer =>
  Buffer.concat([Buffer.from(address.split('.').map(Number)), Buffer.from([198, 51, 100, 1]), ports]);

function v6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - before!.length - after!.length).fill('0');
  const groups = [...before!, ...zeros, ...after!].map((group) => parseInt(group, 16));
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(group, index * 2));
  return Buffer.concat([bytes, Buffer.alloc(16), ports]);
}
