import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  keyFiles,
  makeBackupKeys,
  readRecipientPrivate,
  readRecipientPublic,
  readSignerPrivate,
  readSignerPublic,
} from './backup-keys.js';

describe('backup keys', () => {
  let folder: string;
  const file = (name: keyof typeof keyFiles) => join(folder, keyFiles[name]);
  let made: Awaited<ReturnType<typeof makeBackupKeys>>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-keys-'));
    made = await makeBackupKeys(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are four files for their owner alone, and both halves go by the same name', () => {
    for (const name of Object.keys(keyFiles) as (keyof typeof keyFiles)[])
      expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    expect([
      readRecipientPublic(file('recipientPublic')).kid,
      readRecipientPrivate(file('recipientPrivate')).kid,
    ]).toEqual([made.recipient, made.recipient]);
    expect([
      readSignerPublic(file('signerPublic')).kid,
      readSignerPublic(file('signerPrivate')).kid,
      readSignerPrivate(file('signerPrivate')).kid,
    ]).toEqual([made.signer, made.signer, made.signer]);
  });

  it('are never made over others', async () => {
    const before = readFileSync(file('recipientPrivate'));
    await expect(makeBackupKeys(folder)).rejects.toThrow(
      /Nothing was changed: recipient.public.jwk, .* could be the only copy/,
    );
    expect(readFileSync(file('recipientPrivate'))).toEqual(before);
  });

  it('refuse the private key of the recipient where the public one belongs', () => {
    expect(() => readRecipientPublic(file('recipientPrivate'))).toThrow('keep the private key on another host');
  });

  it.each([
    ['nothing', undefined, /There is no .*backup keygen/],
    ['no JSON', '{', /is no JSON Web Key/],
    ['no object', '[]', /is no JSON Web Key/],
    ['another kind of key', '{"kty":"oct","k":"AAAA"}', /is no key of the kind/],
    ['half a key', '{"kty":"EC","crv":"P-256","x":"AA"}', /is no key of the kind/],
  ])('say so when a file holds %s', (_what, content, message) => {
    const path = join(folder, 'other.jwk');
    rmSync(path, { force: true });
    if (content !== undefined) writeFileSync(path, content);
    for (const read of [readRecipientPublic, readRecipientPrivate, readSignerPrivate, readSignerPublic])
      expect(() => read(path)).toThrow(message);
  });

  it('do for one purpose only', () => {
    expect(() => readSignerPublic(file('recipientPublic'))).toThrow('is no key of the kind');
    expect(() => readRecipientPublic(file('signerPublic'))).toThrow('is no key of the kind');
  });
});
