import { describe, expect, it } from '@jest/globals';
import { parseProxyHeader } from './parse-header.js';
import { isAddressRange, trustedPeers } from './trusted-peers.js';
import { v2Header } from './proxy-header.fixture.js';

const v1 = (line: string) => parseProxyHeader(Buffer.from(`${line}\r\n`, 'latin1'));

describe('a PROXY header of version 1', () => {
  it.each([
    ['PROXY TCP4 192.0.2.7 198.51.100.1 56324 443', '192.0.2.7'],
    ['PROXY TCP6 2001:db8::7 2001:db8::1 56324 443', '2001:db8::7'],
    ['PROXY UNKNOWN', undefined],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2', undefined],
  ])('%s', (line, address) => {
    expect(v1(line)).toEqual({ kind: 'complete', length: line.length + 2, address });
  });

  it.each([
    'PROXY TCP4 192.0.2.7 198.51.100.1 56324',
    'PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 1',
    'PROXY TCP4 192.0.2.700 198.51.100.1 56324 443',
    'PROXY TCP4 2001:db8::7 2001:db8::1 56324 443',
    'PROXY TCP6 192.0.2.7 198.51.100.1 56324 443',
    'PROXY TCP6 fe80::1%eth0 fe80::2 56324 443',
    'PROXY TCP4 192.0.2.7 198.51.100.1 65536 443',
    'PROXY TCP4 192.0.2.7 198.51.100.1 -1 443',
    'PROXY TCP4 192.0.2.7 198.51.100.1 01 443',
    'PROXY  TCP4 192.0.2.7 198.51.100.1 1 443',
    'PROXY UDP4 192.0.2.7 198.51.100.1 1 443',
    'PROXY tcp4 192.0.2.7 198.51.100.1 1 443',
    'proxy TCP4 192.0.2.7 198.51.100.1 1 443',
    'GET / HTTP/1.1',
  ])('refuses "%s"', (line) => expect(v1(line).kind).toBe('refused'));

  it('is at most 107 bytes long', () => {
    expect(parseProxyHeader(Buffer.from(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`)).kind).toBe('complete');
    expect(parseProxyHeader(Buffer.from(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`)).kind).toBe('refused');
  });
});

describe('a PROXY header of version 2', () => {
  it('tells an IPv4 or IPv6 address, and skips what follows the addresses (TLVs)', () => {
    const tlvs = Buffer.concat([
      Buffer.from([0x04, 0x00, 0x03]),
      Buffer.alloc(3),
      Buffer.from([0xea, 0x00, 0x40]),
      Buffer.alloc(64, 7),
    ]);
    const header = v2Header({ address: '192.0.2.7', tlvs });
    expect(parseProxyHeader(header)).toEqual({ kind: 'complete', length: header.length, address: '192.0.2.7' });
    expect(parseProxyHeader(v2Header({ address: '2001:db8::7', tlvs }))).toMatchObject({
      address: '2001:db8:0:0:0:0:0:7',
    });
  });

  it('tells no address when the proxy speaks for itself, whatever addresses it holds', () => {
    const local = v2Header({ address: '192.0.2.7', command: 0 });
    expect(parseProxyHeader(local)).toEqual({ kind: 'complete', length: local.length, address: undefined });
    expect(parseProxyHeader(v2Header({ family: 0x00 }))).toEqual({ kind: 'complete', length: 16, address: undefined });
  });

  it.each([
    ['another version', v2Header({ version: 1 })],
    ['another command', v2Header({ command: 2 })],
    ['UDP', v2Header({ address: '192.0.2.7', family: 0x12 })],
    ['a UNIX socket', v2Header({ family: 0x31, tlvs: Buffer.alloc(216) })],
    ['an IPv4 address that is cut', v2Header({ family: 0x11, tlvs: Buffer.alloc(11) })],
    ['an IPv6 address that is cut', v2Header({ family: 0x21, tlvs: Buffer.alloc(35) })],
    [
      'more than 2 KiB, before it has come',
      v2Header({ address: '192.0.2.7', tlvs: Buffer.alloc(2_100) }).subarray(0, 16),
    ],
    ['a signature that is not whole', Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x01])],
  ])('refuses %s', (_name, header) => expect(parseProxyHeader(header).kind).toBe('refused'));
});

describe('any bytes', () => {
  const whole = [
    v2Header({ address: '192.0.2.7', tlvs: Buffer.alloc(40) }),
    v2Header({ address: '2001:db8::7' }),
    Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n'),
  ];

  it('are a header no sooner than all of it has come, and then wherever they were split', () => {
    for (const header of whole) {
      const more = Buffer.concat([header, Buffer.from([0x16, 0x03, 0x01])]);
      for (let length = 0; length <= more.length; length += 1) {
        const parsed = parseProxyHeader(more.subarray(0, length));
        expect(parsed.kind).toBe(length < header.length ? 'incomplete' : 'complete');
        if (parsed.kind === 'complete') expect(parsed.length).toBe(header.length);
      }
    }
  });

  it('are never more than a refusal when they are flipped, cut or made up (20,000 times)', () => {
    let seed = 4711;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Buffer.from(whole[random(whole.length)]!);
      for (let flips = random(4); flips >= 0; flips -= 1) bytes[random(bytes.length)] = random(256);
      const made = round % 3 === 0 ? Buffer.from(Array.from({ length: random(300) }, () => random(256))) : bytes;
      const parsed = parseProxyHeader(made);
      expect(['incomplete', 'refused', 'complete']).toContain(parsed.kind);
      if (parsed.kind === 'complete') expect(parsed.length).toBeLessThanOrEqual(made.length);
    }
  });
});

describe('trusted peers', () => {
  it('are those within the ranges, also when their IPv4 address is mapped into IPv6', () => {
    const isTrusted = trustedPeers(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32']);
    const answers = ['10.1.255.9', '::ffff:10.1.0.1', '192.0.2.7', '2001:db8:9::1'].map(isTrusted);
    expect(answers).toEqual([true, true, true, true]);
    for (const other of ['10.2.0.1', '192.0.2.8', '::ffff:10.2.0.1', '2001:db9::1', '127.0.0.1', '::1', '', 'x'])
      expect(isTrusted(other)).toBe(false);
  });

  it('are named by addresses and ranges alone', () => {
    for (const good of ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'])
      expect(isAddressRange(good)).toBe(true);
    for (const bad of ['', 'haproxy', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/', '1.2.3.4/x', 'fe80::1%eth0'])
      expect(isAddressRange(bad)).toBe(false);
  });
});
