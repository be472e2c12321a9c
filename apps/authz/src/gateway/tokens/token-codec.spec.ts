import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hmacSha256 } from '@cryptoutil/crypto';
import { createLogger } from '@cryptoutil/telemetry';
import { fixedClock } from '@cryptoutil/testing';
import { JwtSecrets } from './jwt-secrets.js';
import { TokenCodec } from './token-codec.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const client = { clientId: 'c', since: 1, scopes: ['a'] };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Of 32 bytes the last character has two bits that mean nothing. */
const twin = (character: string): string => ALPHABET[ALPHABET.indexOf(character) ^ 1]!;

describe('tokens of the Auth Service', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  let time = 1_000;
  const write = (name: string, text: string) => {
    writeFileSync(file(name), text);
    // Two writes within one tick of the file system's clock are told apart all the same.
    time += 1;
    utimesSync(file(name), time, time);
  };
  const secrets = () => new JwtSecrets({ current: file('current'), previous: file('previous') }, logger);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jwt-secrets-'));
    write('current', `${'a'.repeat(32)}\n`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are refused from their expiry on, also when they were accepted before', () => {
    const clock = fixedClock();
    const codec = new TokenCodec(secrets(), 'auth-server', clock);
    const token = codec.issue(client, 'N', 60);
    clock.advance(59);
    for (let count = 0; count < 3; count += 1) expect(codec.verify(token)).toMatchObject({ clientId: 'c', type: 'N' });
    clock.advance(1);
    expect(codec.verify(token)).toBeUndefined();
  });

  it('work at a replica whose clock is a little behind', () => {
    const [ahead, behind] = [fixedClock(), fixedClock()];
    ahead.advance(9);
    const token = new TokenCodec(secrets(), 'auth-server', ahead).issue(client, 'N', 60);
    expect(new TokenCodec(secrets(), 'auth-server', behind).verify(token)).toBeDefined();
  });

  it('stay valid over one rotation, and end with the second', () => {
    const found = secrets();
    const codec = new TokenCodec(found, 'auth-server');
    const token = codec.issue(client, 'N', 60);
    write('previous', 'a'.repeat(32));
    write('current', 'b'.repeat(32));
    found.reload();
    const next = codec.issue(client, 'N', 60);
    expect(next.split('.')[0]).not.toBe(token.split('.')[0]);
    expect([codec.verify(token), codec.verify(next)]).toEqual([expect.anything(), expect.anything()]);
    write('previous', 'b'.repeat(32));
    write('current', 'c'.repeat(32));
    found.reload();
    expect(codec.verify(token)).toBeUndefined();
    expect(codec.verify(next)).toBeDefined();
  });

  it('of a secret that another replica has seen first are accepted after a look at the files', async () => {
    const [one, other] = [secrets(), secrets()];
    write('previous', 'a'.repeat(32));
    write('current', 'b'.repeat(32));
    one.reload();
    const token = new TokenCodec(one, 'auth-server').issue(client, 'N', 60);
    const codec = new TokenCodec(other, 'auth-server');
    while (!codec.verify(token)) await new Promise((settle) => setTimeout(settle, 10));
    other.close();
  });

  it.each([
    ['too short a secret', () => write('current', 'short')],
    ['no secret', () => rmSync(file('current'))],
  ])('keep their secret when the files change to %s', (_, change) => {
    const found = secrets();
    const { kid } = found.current;
    change();
    found.reload();
    expect(found.current.kid).toBe(kid);
    expect(secrets).toThrow();
  });

  describe('that are signed with the right key', () => {
    const key = Buffer.alloc(32, 'a');
    const text = (part: string) => Buffer.from(part, 'base64url').toString();
    const mac = (signed: string) => hmacSha256(key, signed).toString('base64url');
    const issued = () => {
      const codec = new TokenCodec(secrets(), 'auth-server');
      const [header = '', payload = '', signature = ''] = codec.issue(client, 'N', 60).split('.');
      return { codec, header, payload, signature };
    };

    it.each<[string, (header: string) => string]>([
      ['alg none', (header) => header.replace('HS256', 'none')],
      ['alg None', (header) => header.replace('HS256', 'None')],
      ['another alg', (header) => header.replace('HS256', 'RS256')],
      ['alg in lower case', (header) => header.replace('HS256', 'hs256')],
      ['a key of its own', (header) => header.replace('}', ',"jwk":{"kty":"oct","k":"YWFh"}}')],
      ['a key set of its own', (header) => header.replace('}', ',"jku":"https://evil.example/"}')],
      ['a certificate of its own', (header) => header.replace('}', ',"x5c":["MIIB"]}')],
      ['something critical', (header) => header.replace('}', ',"crit":["exp"]}')],
      ['an unencoded payload', (header) => header.replace('}', ',"b64":false}')],
      ['a second alg', (header) => header.replace('}', ',"alg":"HS256"}')],
      ['a path as kid', (header) => header.replace(/"kid":"[^"]+"/, '"kid":"../../../dev/null"')],
      ['SQL as kid', (header) => header.replace(/"kid":"[^"]+"/, `"kid":"' OR 1=1 --"`)],
      ['a number as kid', (header) => header.replace(/"kid":"[^"]+"/, '"kid":0')],
      [
        'members in another order',
        (header) => header.replace('"alg":"HS256","typ":"JWT"', '"typ":"JWT","alg":"HS256"'),
      ],
      ['a space', (header) => header.replace(',', ', ')],
      ['another typ', (header) => header.replace('JWT', 'at+jwt')],
    ])('are refused with %s in the header', (_, change) => {
      const { codec, header, payload } = issued();
      const changed = change(text(header));
      expect(changed).not.toBe(text(header));
      const signed = `${Buffer.from(changed).toString('base64url')}.${payload}`;
      expect(codec.verify(`${signed}.${mac(signed)}`)).toBeUndefined();
      expect(codec.verify(`${signed}.`)).toBeUndefined();
    });

    it.each<[string, (parts: ReturnType<typeof issued>) => string]>([
      ['no signature', ({ header, payload }) => `${header}.${payload}.`],
      ['two parts', ({ header, payload }) => `${header}.${payload}`],
      ['four parts', ({ header, payload, signature }) => `${header}.${payload}.${signature}.${signature}`],
      ['padding', ({ header, payload, signature }) => `${header}.${payload}.${signature}=`],
      [
        'a last character that means the same bits',
        ({ header, payload, signature }) => `${header}.${payload}.${signature.slice(0, -1)}${twin(signature.at(-1)!)}`,
      ],
      ['a line break', ({ header, payload, signature }) => `${header}.${payload}.${signature}\n`],
      [
        'characters whose lower bytes are right',
        ({ header, payload, signature }) =>
          `${header}.${payload}.${String.fromCharCode(...[...signature].map((one) => one.charCodeAt(0) + 0x100))}`,
      ],
      ['another payload', ({ header, payload, signature }) => `${header}.${payload}A.${signature}`],
      ['its parts exchanged', ({ header, payload, signature }) => `${payload}.${header}.${signature}`],
    ])('are refused with %s, also right after the genuine one was accepted', (_, forge) => {
      const parts = issued();
      const genuine = `${parts.header}.${parts.payload}.${parts.signature}`;
      for (let count = 0; count < 3; count += 1) expect(parts.codec.verify(genuine)).toBeDefined();
      const forged = forge(parts);
      expect(forged).not.toBe(genuine);
      for (let count = 0; count < 3; count += 1) expect(parts.codec.verify(forged)).toBeUndefined();
      expect(parts.codec.verify(genuine)).toBeDefined();
    });

    it.each(['null', '[]', '"text"', '{', '{"client_id":"c"}', 'not JSON'])(
      'are refused with the payload %s',
      (payload) => {
        const { codec, header } = issued();
        const signed = `${header}.${Buffer.from(payload).toString('base64url')}`;
        expect(codec.verify(`${signed}.${mac(signed)}`)).toBeUndefined();
      },
    );
  });

  it.each(['', '.', '..', 'a.b', 'x'.repeat(20_000)])('are not %p', (text) => {
    expect(new TokenCodec(secrets(), 'auth-server').verify(text)).toBeUndefined();
  });
});
