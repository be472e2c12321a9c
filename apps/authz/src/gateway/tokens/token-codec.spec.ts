import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@cryptoutil/telemetry';
import { fixedClock } from '@cryptoutil/testing';
import { JwtSecrets } from './jwt-secrets.js';
import { TokenCodec } from './token-codec.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const client = { clientId: 'c', scopes: ['a'] };

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

  it.each(['', '.', '..', 'a.b', 'x'.repeat(20_000)])('are not %p', (text) => {
    expect(new TokenCodec(secrets(), 'auth-server').verify(text)).toBeUndefined();
  });
});
