import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commandLine } from '../main.js';
import { answeringServer, type AnsweringServer } from '../requests/answering-server.fixture.js';

const ID = '0198c000-0000-7000-8000-000000000001';
const keys = `/service/api/v1/elastic-keys/${ID}`;

describe('cryptoutil kms batch, generate and derive', () => {
  let server: AnsweringServer;
  let folder: string;
  let file: (name: string, content?: string) => string;
  beforeAll(async () => {
    server = await answeringServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-batch-'));
    file = (name, content) => {
      const path = join(folder, name);
      if (content !== undefined) writeFileSync(path, content);
      return path;
    };
    process.env.CRYPTOUTIL_HOME = folder;
    server.asked.splice(0);
    server.answer = ({ body }) => {
      const { items } = body as { items: { reference?: string; plaintext?: string }[] };
      return {
        body: {
          items: items.map(({ reference, plaintext }) =>
            plaintext ? { reference, jwe: `e:${plaintext}` } : { reference, error: { code: 'invalid_request' } },
          ),
        },
      };
    };
  });
  afterEach(() => {
    delete process.env.CRYPTOUTIL_HOME;
    rmSync(folder, { recursive: true });
  });

  const run = (...words: string[]) =>
    commandLine().parseAsync([
      'node',
      'cryptoutil',
      'kms',
      ...words,
      '--url',
      server.url,
      '--ca-file',
      server.caFile,
      '--token-file',
      file('token', 'a.b.c'),
    ]);
  const linesOf = (name: string) =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const batch = (input: string) => run('batch', 'encrypt', ID, '--in', file('in', input), '--out', file('out'));
  const item = (n: number) => JSON.stringify({ reference: String(n), plaintext: `p${n}` });
  const calls = () =>
    server.asked.map(({ route, body }) => ({ route, items: (body as { items: unknown[] }).items.length }));

  it('sends a thousand lines a call, and writes a line for each in their order, for the owner alone', async () => {
    await batch(Array.from({ length: 2001 }, (_, n) => item(n)).join('\n'));
    const route = `POST ${keys}/encrypt:batch`;
    expect(calls()).toEqual([
      { route, items: 1000 },
      { route, items: 1000 },
      { route, items: 1 },
    ]);
    expect(linesOf('out')).toEqual(Array.from({ length: 2001 }, (_, n) => ({ reference: String(n), jwe: `e:p${n}` })));
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o600);
  });

  it('sends fewer when they are long: a call has its limit', async () => {
    const long = JSON.stringify({ plaintext: 'x'.repeat(300_000) });
    await batch([long, long, item(1)].join('\n'));
    expect(calls().map(({ items }) => items)).toEqual([1, 2]);
  });

  it('tries all, and fails when some were refused or are no JSON objects', async () => {
    const input = [item(1), '{"reference":"2"}', '', 'nonsense', '[1]', item(5)].join('\r\n');
    await expect(batch(input)).rejects.toMatchObject({ message: '3 of 5 lines were refused.', exitCode: 1 });
    expect(linesOf('out')).toEqual([
      { reference: '1', jwe: 'e:p1' },
      { reference: '2', error: { code: 'invalid_request' } },
      { error: { code: 'invalid_json', detail: 'The line is not a JSON object.' } },
      { error: { code: 'invalid_json', detail: 'The line is not a JSON object.' } },
      { reference: '5', jwe: 'e:p5' },
    ]);
  });

  it('ends with 2 when the key service is sealed, and says how far it came', async () => {
    const { answer } = server;
    server.answer = (asked) =>
      server.asked.length > 1 ? { status: 503, body: { code: 'sealed', detail: 'It is sealed.' } } : answer(asked);
    const input = Array.from({ length: 1500 }, (_, n) => item(n)).join('\n');
    await expect(batch(input)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('1000 lines were done before.'),
    });
    expect(linesOf('out')).toHaveLength(1000);
  });

  it('says that the input cannot be read', async () => {
    await expect(run('batch', 'encrypt', ID, '--in', join(folder, 'nowhere'))).rejects.toThrow(
      'cannot be read: ENOENT',
    );
  });

  it('generate writes the encrypted key, and the public one into the file that is named', async () => {
    server.answer = () => ({ body: { jwe: 'a.b.c.d.e', public_jwk: { kty: 'OKP' } } });
    await run(
      'generate',
      ID,
      '--kind',
      'Ed25519',
      '--context',
      'device 1',
      '--out',
      file('jwe'),
      '--public-out',
      file('public'),
    );
    expect(server.asked).toMatchObject([
      { route: `POST ${keys}/generate`, body: { kind: 'Ed25519', context: 'device 1' } },
    ]);
    expect(readFileSync(join(folder, 'jwe'), 'utf8')).toBe('a.b.c.d.e\n');
    expect(linesOf('public')).toEqual([{ kty: 'OKP' }]);
    server.answer = () => ({ body: { jwe: 'a.b.c.d.e' } });
    await expect(run('generate', ID, '--kind', 'oct-256', '--public-out', file('none'))).rejects.toThrow(
      'no public half',
    );
  });

  it('derive sends what it is for, and writes what was derived', async () => {
    server.answer = () => ({ body: { derived: 'AAAA', kid: 'k' } });
    await run('derive', ID, '--info', 'customer', '--salt', 's', '--bytes', '16', '--out', file('derived'));
    expect(server.asked).toMatchObject([
      { route: `POST ${keys}/derive`, body: { info: 'Y3VzdG9tZXI', salt: 'cw', bytes: 16 } },
    ]);
    expect(readFileSync(join(folder, 'derived'), 'utf8')).toBe('AAAA\n');
    await run('derive', ID, '--info', 'customer', '--json', '--out', file('derived'));
    expect(linesOf('derived')).toEqual([{ derived: 'AAAA', kid: 'k' }]);
  });
});
