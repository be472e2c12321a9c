import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { answeringServer, type AnsweringServer } from '../requests/answering-server.fixture.js';
import { barrierStatus, rotateContent } from './barrier-actions.js';
import { cancelRekey, rekeyKms, rekeyStatus, rotateIntermediate, rotateRoot } from './rekey-actions.js';

const barrier = (remaining: number) => ({
  ...{ epoch: 4, share_set: 'aabbccdd', root: { epoch: 2 }, intermediate: { epoch: 1 }, content: { epoch: 2 } },
  rewrap: { total: 9, remaining, done: remaining === 0 },
});

describe('rekeying from the command line', () => {
  let server: AnsweringServer;
  let folder: string;
  let printed: string;
  /** A kms of which two old shares are needed and which makes two new ones. */
  let round: { turns: string; phase: string; nonce: string; required: number; received: number[] } | undefined;
  let remaining: number;
  const connection = () => ({ url: server.url, caFile: server.caFile, ...server.ops });
  const routes = () => server.asked.map(({ route }) => route.replace(/ \/admin\/v1\//, ' '));

  beforeAll(async () => {
    server = await answeringServer();
    const begin = (turns: string) => {
      if (round) return { status: 409, body: { code: 'rekey_in_progress', detail: 'Open.' } };
      round = { turns, phase: 'authorize', nonce: 'n', required: 2, received: [] };
      return { body: { in_progress: true, ...round } };
    };
    const give = (share: string, prefix: string) => {
      if (!share.startsWith(prefix)) return { status: 400, body: { code: 'share_invalid', detail: 'No.', index: 7 } };
      round!.received.push(Number(share.at(-1)));
      if (round!.received.length < 2) return { body: { in_progress: true, completed: false, ...round } };
      const done = prefix === 'new' || round!.turns === 'intermediate';
      round = done ? undefined : { ...round!, phase: 'verify', received: [] };
      const fresh = done ? {} : { new_shares: ['new-1', 'new-2'] };
      return { body: { in_progress: !done, completed: done, ...round, ...fresh } };
    };
    server.answer = ({ route, body }) => {
      switch (route.replace('/admin/v1/', '')) {
        case 'POST rekey/init':
        case 'POST barrier/rotate/root':
          return begin('shares');
        case 'POST barrier/rotate/intermediate':
          return begin('intermediate');
        case 'POST rekey/update':
          return give(body.share, 'old');
        case 'POST rekey/verify':
          return give(body.share, 'new');
        case 'POST rekey/cancel':
          round = undefined;
          return { body: { in_progress: false } };
        case 'GET rekey/status':
          return { body: { in_progress: round !== undefined, expires_at: '2030-01-01T00:00:00Z', ...round } };
        default:
          return { body: barrier((remaining = Math.max(0, remaining - 1))) };
      }
    };
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-rekey-'));
    round = undefined;
    remaining = 0;
    printed = '';
    server.asked.splice(0);
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const files = (...shares: string[]) =>
    shares.map((share, index) => {
      const file = join(folder, `s${index}`);
      writeFileSync(file, share);
      return file;
    });
  const out = () => join(folder, 'new');

  it('gives a quorum, writes the new shares for their owner alone, reads them back and gives each', async () => {
    const shareFile = files('old-1', 'old-2');
    expect(await rekeyKms({ ...connection(), out: out(), shares: 2, threshold: 2, shareFile })).toBe(0);
    expect(routes()).toEqual([
      'POST rekey/init',
      ...Array(2).fill('POST rekey/update'),
      ...Array(2).fill('POST rekey/verify'),
    ]);
    expect(server.asked[0]!.body).toEqual({ shares: 2, threshold: 2 });
    expect(server.asked[1]!.body).toEqual({ share: 'old-1', nonce: 'n' });
    expect(readdirSync(out()).map((file) => readFileSync(join(out(), file), 'utf8'))).toEqual(['new-1\n', 'new-2\n']);
    expect(statSync(join(out(), 'share-1')).mode & 0o777).toBe(0o600);
    expect(printed).toContain('the old ones open nothing any more');
    expect(printed).not.toMatch(/old-1|new-1/);
  });

  it('keeps the counts in use when none are given, and for a new root key', async () => {
    await rekeyKms({ ...connection(), out: out(), shareFile: files('old-1', 'old-2') });
    expect(server.asked[0]!.body).toEqual({});
    server.asked.splice(0);
    expect(await rotateRoot({ ...connection(), out: join(folder, 'root'), shareFile: files('old-1', 'old-2') })).toBe(
      0,
    );
    expect(routes()[0]).toBe('POST barrier/rotate/root');
  });

  it('cancels the round when the quorum is not given, or a share is refused, and says that nothing has changed', async () => {
    const few = rekeyKms({ ...connection(), out: out(), shareFile: files('old-1') });
    await expect(few).rejects.toThrow('Only 1 of the 2 shares were given: nothing has changed.');
    const wrong = rekeyKms({ ...connection(), out: out(), shareFile: files('old-1', 'other') });
    await expect(wrong).rejects.toThrow('share_invalid: No. (share 7)');
    expect(routes().filter((route) => route === 'POST rekey/cancel')).toHaveLength(2);
    expect(round).toBeUndefined();
    expect(readdirSync(folder)).not.toContain('new');
  });

  it('asks for nothing when the folder holds shares, and names the round that is open', async () => {
    await rekeyKms({ ...connection(), out: out(), shareFile: files('old-1', 'old-2') });
    server.asked.splice(0);
    expect(() => rekeyKms({ ...connection(), out: out() })).toThrow('holds unseal shares already');
    expect(server.asked).toEqual([]);
    round = { turns: 'shares', phase: 'authorize', nonce: 'n', required: 2, received: [1] };
    const second = rekeyKms({ ...connection(), out: join(folder, 'other'), shareFile: files('old-1') });
    await expect(second).rejects.toThrow(/rekey_in_progress.*rekey --cancel/);
    expect(await rekeyStatus(connection())).toBe(0);
    expect(printed).toContain('A round for new shares is open until 2030-01-01T00:00:00Z: 1 of 2 shares in use given.');
    expect(await cancelRekey(connection())).toBe(0);
    await rekeyStatus(connection());
    expect(printed).toContain('No round is open on this replica.');
  });

  it('turns the intermediate key by a quorum, without new shares', async () => {
    expect(await rotateIntermediate({ ...connection(), shareFile: files('old-1', 'old-2') })).toBe(0);
    expect(routes()).toEqual(['POST barrier/rotate/intermediate', 'POST rekey/update', 'POST rekey/update']);
  });

  it('turns the content key at once, and waits until all rows are under it when asked to', async () => {
    remaining = 3;
    expect(await rotateContent({ ...connection(), wait: true })).toBe(0);
    expect(printed).toBe(
      'Content key 2 seals from now on. 7 of 9 rows are under it.\n8 of 9 rows are under it.\nAll 9 rows are under it.\n',
    );
    expect(await barrierStatus(connection())).toBe(0);
    expect(printed).toContain('barrier epoch 4, share set aabbccdd\nroot key 2, intermediate key 1, content key 2');
  });
});
