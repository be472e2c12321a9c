import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@cryptoutil/telemetry';
import { refuseShare } from '../barrier/share-text.js';
import { KmsError } from '../errors/kms-error.js';
import type { SealStatus } from './unseal-barrier.js';
import { unsealFromFiles } from './unseal-from-files.js';

/** Two of three shares are needed; a share is its own text. */
const fakeUnseal = (failures: unknown[] = []) => {
  const given = new Set<string>();
  const status = (): SealStatus => ({
    initialized: true,
    sealed: given.size < 2,
    threshold: 2,
    round: { nonce: 'n', received: [...given].map(Number), expiresAt: new Date() },
  });
  return {
    get ready() {
      return given.size >= 2;
    },
    status: () => Promise.resolve(status()),
    giveShare: (text: string, peer: string | undefined) => {
      expect(peer).toBeUndefined();
      const failure = failures.shift();
      if (failure !== undefined) return Promise.reject(failure as Error);
      if (!/^\d$/.test(text)) return Promise.reject(refuseShare('malformed', undefined));
      given.add(text);
      return Promise.resolve(status());
    },
  };
};

describe('unsealing from files', () => {
  let folder: string;
  let file: (name: string, content: string) => Promise<string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cryptoutil-shares-'));
    file = async (name, content) => {
      await writeFile(join(folder, name), content);
      return join(folder, name);
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (unseal: ReturnType<typeof fakeUnseal>, paths: string[], signal = new AbortController().signal) => {
    const said: string[] = [];
    const logger = createLogger({
      service: 'kms',
      destination: { write: (line: string) => said.push((JSON.parse(line) as { msg: string }).msg) },
    });
    await unsealFromFiles(unseal, paths, logger, signal);
    return said;
  };

  it('reads no more files than it needs', async () => {
    const paths = [await file('1', '1'), await file('2', '2'), '/nowhere'];
    expect(await run(fakeUnseal(), paths)).toEqual(['The kms is unsealed from share files.']);
  });

  it('names each file that did not help', async () => {
    const large = await file('large', 'x'.repeat(1025));
    const wrong = await file('wrong', 'x');
    const paths = [large, '/nowhere', wrong, await file('1', '1')];
    expect(await run(fakeUnseal(), paths)).toEqual([
      `The kms stays sealed: 1 of the 2 shares it needs are in the share files (${large}: is no share file.; /nowhere: cannot be read (ENOENT).; ${wrong}: Share (index unreadable) is not a whole share text.).`,
    ]);
  });

  it('tries again while the database is away, without losing what it gave', async () => {
    const away = () => Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const paths = [await file('1', '1'), await file('2', '2')];
    expect(await run(fakeUnseal([away()]), paths)).toEqual([
      'The kms stays sealed for now: the database cannot be reached; unsealing is tried again.',
      'The kms is unsealed from share files.',
    ]);
  });

  it('gives up, sealed, when something else is wrong', async () => {
    const paths = [await file('1', '1')];
    expect(await run(fakeUnseal([new KmsError('integrity', { table: 'barrier_keys' })]), paths)).toEqual([
      'The kms stays sealed: A stored row failed its integrity check. {"table":"barrier_keys"}',
    ]);
    expect(await run(fakeUnseal([new Error('internal words')]), paths)).toEqual([
      'The kms stays sealed: unsealing failed.',
    ]);
  });

  it('ends when the service stops', async () => {
    const stop = new AbortController();
    const away = Array.from({ length: 50 }, () => Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const running = run(fakeUnseal(away), [await file('1', '1')], stop.signal);
    setImmediate(() => stop.abort());
    expect((await running).length).toBeLessThan(50);
  });
});
