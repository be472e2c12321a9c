import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CHAIN_START,
  chainHash,
  generateMaterial,
  importMaterial,
  jwkThumbprint,
  publicJwk,
  signJws,
} from '@cryptoutil/crypto';
import { verifyAuditFile } from './audit-file.js';

describe('an audit export', () => {
  let folder: string;
  let lines: object[];
  let thumbprint: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-audit-'));
    const material = importMaterial('ES256', await generateMaterial('ES256'));
    let previous: Buffer = CHAIN_START;
    const events = ['a', 'b', 'c'].map((event, at) => {
      const hash = chainHash('cryptoutil-kms audit 1', at + 1, previous, event);
      const line = { seq: at + 1, previous: previous.toString('hex'), hash: hash.toString('hex'), event };
      previous = hash;
      return line;
    });
    const head = { seq: 3, hash: previous.toString('hex') };
    const key = { ...publicJwk(material), kid: 'k' };
    thumbprint = jwkThumbprint(key);
    const signature = await signJws(material, Buffer.from(JSON.stringify(head)), { kid: 'k', typ: 'kms-audit-head' });
    lines = [...events, { head, signature, keys: [key] }];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const verify = (given: object[], pinned?: string) => {
    const file = join(folder, 'export');
    writeFileSync(file, given.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return verifyAuditFile(file, pinned);
  };

  it('is whole as it was written, signed by the key that was meant', async () => {
    expect(await verify(lines)).toEqual({ events: 3, thumbprint });
    expect(await verify(lines, thumbprint)).toEqual({ events: 3, thumbprint });
  });

  it.each<[string, () => object[], RegExp]>([
    [
      'an event that was changed',
      () => lines.map((line, at) => (at === 1 ? { ...line, event: 'x' } : line)),
      /broken at line 2/,
    ],
    ['an event left out', () => lines.filter((_, at) => at !== 1), /broken at line 2/],
    ['the last event left out', () => lines.filter((_, at) => at !== 2), /ends at event 2/],
    ['no end', () => lines.slice(0, 3), /cut off/],
    ['something after its end', () => [...lines, lines[0]!], /after the end/],
    ['a line of something else', () => [{ x: 1 }, ...lines], /Line 1 is no line/],
    [
      'a wrong signature',
      () => [...lines.slice(0, 3), { ...lines[3], signature: 'a.b.c' }],
      /signature of the end is wrong/,
    ],
  ])('with %s is refused', async (_, changed, message) => {
    await expect(verify(changed())).rejects.toThrow(message);
  });

  it('signed by another key than the one demanded is refused', async () => {
    await expect(verify(lines, 'other')).rejects.toThrow(/not by other/);
  });
});
