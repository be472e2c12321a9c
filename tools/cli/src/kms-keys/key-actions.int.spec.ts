import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { commandLine } from '../main.js';
import { answeringServer, type AnsweringServer } from '../requests/answering-server.fixture.js';

const ID = '0198c000-0000-7000-8000-000000000001';
const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('cryptoutil kms keys and operations', () => {
  let server: AnsweringServer;
  let folder: string;
  let printed: string;
  let tokenFile: string;
  let answers: Record<string, { status?: number; body?: unknown }>;
  const key = {
    id: ID,
    name: 'invoices',
    algorithm: 'ES256',
    status: 'enabled',
    access: 'tenant',
    current_version: 2,
    created_at: 'then',
  };
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;

  beforeAll(async () => {
    server = await answeringServer();
    server.answer = ({ route }) =>
      answers[route] ?? { status: 404, body: { code: 'key_not_found', detail: 'There is no such key.' } };
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-keys-'));
    tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'a.b.c\n');
    process.env.CRYPTOUTIL_HOME = folder;
    printed = '';
    answers = {
      'GET /service/api/v1/elastic-keys?name=invoices': { body: { items: [key], total: 1 } },
      'GET /service/api/v1/elastic-keys?name=nothing': { body: { items: [], total: 0 } },
    };
    server.asked.splice(0);
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      printed += Buffer.from(chunk as string).toString('utf8');
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    Object.defineProperty(process, 'stdin', stdin);
    delete process.env.CRYPTOUTIL_HOME;
    rmSync(folder, { recursive: true });
  });

  const connected = () => ['--url', server.url, '--ca-file', server.caFile];
  const certified = () => [...connected(), '--cert-file', server.ops.certFile, '--key-file', server.ops.keyFile];
  const run = async (...words: string[]) => {
    await commandLine().parseAsync(['node', 'cryptoutil', 'kms', ...words, ...certified()]);
    return printed;
  };
  const use = (...words: string[]) => run(...words, '--token-file', tokenFile);
  const given = (text: string) =>
    Object.defineProperty(process, 'stdin', { value: Readable.from([text]), configurable: true });
  const file = (content: string) => {
    const path = join(folder, 'input');
    writeFileSync(path, content);
    return path;
  };
  const last = () => server.asked.at(-1)!;

  it('list keys in a table, page by page, as the operator of the certificate', async () => {
    answers['GET /service/api/v1/elastic-keys?limit=200&sort=name&status=enabled'] = {
      body: { items: [key], total: 2, next_cursor: 'c' },
    };
    answers['GET /service/api/v1/elastic-keys?limit=200&sort=name&status=enabled&cursor=c'] = {
      body: { items: [{ ...key, name: 'evil\u001b[31m' }], total: 2, next_cursor: null },
    };
    const lines = (await run('keys', 'list', '--status', 'enabled', '--sort', 'name')).trim().split('\n');
    expect(lines[0]).toMatch(/^ID +NAME +ALGORITHM +STATUS +ACCESS +VERSION +CREATED$/);
    expect(lines[1]).toMatch(/invoices +ES256 +enabled +tenant +2 +then$/);
    expect(lines[2]).toContain('evil.[31m');
    expect(lines[3]).toBe('2 of 2 keys');
    expect(server.asked.every(({ identified }) => identified)).toBe(true);
  });

  it('list at most as many as were asked for, as JSON', async () => {
    answers['GET /service/api/v1/elastic-keys?limit=200'] = { body: { items: [key, key], total: 9, next_cursor: 'c' } };
    expect(JSON.parse(await run('keys', 'list', '--limit', '1', '--json'))).toEqual({ items: [key], total: 9 });
  });

  it.each<[string[], string, unknown]>([
    [
      ['create', 'invoices', '--algorithm', 'ES256', '--rotate-every', '60'],
      'POST /service/api/v1/elastic-keys',
      { name: 'invoices', algorithm: 'ES256', policy: { rotate_every_seconds: 60 } },
    ],
    [['show', 'invoices'], `GET /service/api/v1/elastic-keys/${ID}`, undefined],
    [['show', 'alias:bills'], 'GET /service/api/v1/elastic-keys/alias%3Abills', undefined],
    [
      ['update', ID, '--access', 'grants', '--expire-after', '90'],
      `PUT /service/api/v1/elastic-keys/${ID}`,
      { access: 'grants', policy: { expire_after_seconds: 90 } },
    ],
    [['rotate', 'invoices'], `POST /service/api/v1/elastic-keys/${ID}/rotate`, undefined],
    [['enable', ID], `POST /service/api/v1/elastic-keys/${ID}/enable`, undefined],
    [['disable', ID], `POST /service/api/v1/elastic-keys/${ID}/disable`, undefined],
    [['delete', ID, '--days', '7'], `DELETE /service/api/v1/elastic-keys/${ID}?days=7`, undefined],
    [['delete', ID], `DELETE /service/api/v1/elastic-keys/${ID}`, undefined],
    [['restore', ID], `POST /service/api/v1/elastic-keys/${ID}/restore`, undefined],
    [['alias', ID, 'bills'], `POST /service/api/v1/elastic-keys/${ID}/aliases`, { alias: 'bills' }],
    [
      ['versions', 'revoke-version', ID, '1'],
      `POST /service/api/v1/elastic-keys/${ID}/material-keys/1/revoke`,
      undefined,
    ],
  ])('%j asks for exactly that, and shows the key', async (words, route, body) => {
    answers[route] = { body: key };
    expect(await run('keys', ...words)).toMatch(/^name +invoices$/m);
    expect(last()).toEqual({ route, body, identified: true });
    printed = '';
    expect(JSON.parse(await run('keys', ...words, '--json'))).toEqual(key);
  });

  it('list versions and grants, make a grant and take it back', async () => {
    const grants = `/service/api/v1/elastic-keys/${ID}/grants`;
    const grant = {
      id: 'g',
      grantee: { subject: 'alice' },
      operations: ['read'],
      context: { prefix: 'x' },
      created_by: 'ops',
    };
    answers[`GET /service/api/v1/elastic-keys/${ID}/material-keys?limit=200&sort=-created_at`] = {
      body: {
        items: [{ version: 1, id: 'k', status: 'enabled', current: true, created_at: 'then', expires_at: null }],
      },
    };
    answers[`GET ${grants}`] = { body: { items: [grant], total: 1 } };
    answers[`POST ${grants}`] = { status: 201, body: grant };
    answers[`DELETE ${grants}/g`] = { status: 200, body: undefined };
    expect(await run('keys', 'versions', 'list', ID)).toMatch(/^1 +k +enabled +true +then +-$/m);
    expect(await run('keys', 'grants', ID)).toMatch(/^g +alice +any +read +\{"prefix":"x"\} +never +ops$/m);
    await run(
      'keys',
      'grant',
      ID,
      '--subject',
      'alice',
      '--operation',
      'read',
      '--context-prefix',
      'x',
      '--expires',
      'e',
    );
    expect(last().body).toEqual({
      grantee: { subject: 'alice' },
      operations: ['read'],
      context: { prefix: 'x' },
      expires_at: 'e',
    });
    await run('keys', 'grant', ID, '--client', 'web', '--operation', 'encrypt', 'decrypt', '--context', 'x');
    expect(last().body).toEqual({
      grantee: { client_id: 'web' },
      operations: ['encrypt', 'decrypt'],
      context: { equals: 'x' },
    });
    expect(await run('keys', 'revoke-grant', ID, 'g')).toContain('worth nothing');
    await expect(run('keys', 'grant', ID, '--operation', 'read')).rejects.toThrow('Who is meant?');
    const both = ['--subject', 'a', '--operation', 'encrypt', '--context', 'x', '--context-prefix', 'y'];
    await expect(run('keys', 'grant', ID, ...both)).rejects.toThrow('cannot stand together');
  });

  it('say what was refused: no such name, the wrong fields, and by exit code 2 that it is sealed', async () => {
    await expect(run('keys', 'show', 'nothing')).rejects.toMatchObject({
      message: 'There is no key named "nothing".',
      exitCode: 1,
    });
    const fields = [
      { name: 'a', detail: 'x' },
      { name: 'b', detail: 'y' },
    ];
    answers[`POST /service/api/v1/elastic-keys`] = {
      status: 400,
      body: { code: 'invalid_request', detail: 'a: x', fields },
    };
    await expect(run('keys', 'create', 'z')).rejects.toThrow('The kms refused: HTTP 400 invalid_request: a: x\n  b: y');
    answers[`GET /service/api/v1/elastic-keys/${ID}`] = {
      status: 503,
      body: { code: 'sealed', detail: 'The key service is sealed.' },
    };
    await expect(run('keys', 'show', ID)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('cryptoutil kms unseal'),
    });
  });

  it.each<[string[], string, string, unknown, object, string]>([
    [
      ['encrypt', '--context', 'c'],
      'bytes',
      'encrypt',
      { plaintext: encode('bytes'), context: 'c' },
      { jwe: 'J' },
      'J\n',
    ],
    [['decrypt'], 'J\n', 'decrypt', { jwe: 'J' }, { plaintext: encode('bytes') }, 'bytes'],
    [['rewrap'], 'J\n', 'rewrap', { jwe: 'J' }, { jwe: 'K' }, 'K\n'],
    [['sign'], 'bytes', 'sign', { payload: encode('bytes') }, { jws: 'S', kid: 'k' }, 'S\n'],
    [['verify'], 'S', 'verify', { jws: 'S' }, { valid: true, payload: encode('bytes') }, 'bytes'],
    [['mac'], 'bytes', 'mac', { data: encode('bytes') }, { mac: 'M', kid: 'k' }, 'k.M\n'],
    [
      ['mac-verify', '--mac', 'k.M'],
      'bytes',
      'mac-verify',
      { data: encode('bytes'), kid: 'k', mac: 'M' },
      { valid: true },
      'valid\n',
    ],
  ])(
    '%j takes standard input or a file, by token and without a certificate',
    async ([name, ...rest], input, route, body, answer, output) => {
      answers[`POST /service/api/v1/elastic-keys/${ID}/${route}`] = { body: answer };
      given(input);
      expect(await use(name!, ID, ...rest)).toBe(output);
      expect(last()).toEqual({ route: `POST /service/api/v1/elastic-keys/${ID}/${route}`, body, identified: false });
      const out = join(folder, 'out');
      await use(name!, ID, ...rest, '--in', file(input), '--out', out);
      expect(readFileSync(out, 'utf8')).toBe(output);
      expect(statSync(out).mode & 0o777).toBe(0o600);
      printed = '';
      given(input);
      expect(JSON.parse(await use(name!, ID, ...rest, '--json'))).toEqual(answer);
    },
  );

  it.each([
    ['verify', [], 'The signature is not valid.'],
    ['mac-verify', ['--mac', 'k.M'], 'The MAC is not valid.'],
  ] as const)('%s fails for what is not genuine, and writes nothing', async (name, rest, message) => {
    answers[`POST /service/api/v1/elastic-keys/${ID}/${name}`] = { body: { valid: false } };
    given('x');
    await expect(use(name, ID, ...rest)).rejects.toThrow(message);
    expect(printed).toBe('');
  });

  it('data-key keeps the plain key off the terminal', async () => {
    answers[`POST /service/api/v1/elastic-keys/${ID}/data-key`] = { body: { plaintext: encode('key'), jwe: 'J' } };
    const plain = join(folder, 'plain');
    expect(await use('data-key', ID, '--plaintext-out', plain, '--bytes', '16')).toBe('J\n');
    expect(readFileSync(plain, 'utf8')).toBe('key');
    expect(last().body).toEqual({ bytes: 16, with_plaintext: true });
    printed = '';
    expect(JSON.parse(await use('data-key', ID, '--json'))).toEqual({ jwe: 'J' });
    expect(last().body).toEqual({ with_plaintext: false });
  });

  it('random gives as many bytes as were asked for', async () => {
    answers['POST /service/api/v1/random'] = { body: { random: 'R' } };
    expect(await use('random', '--bytes', '16')).toBe('R\n');
    expect(last().body).toEqual({ bytes: 16 });
  });

  it('a token is taken from a file, standard input or the file of the environment, and never twice from standard input', async () => {
    answers['POST /service/api/v1/random'] = { body: { random: 'R' } };
    given('from.std.in\n');
    expect(await run('random', '--token-file', '-')).toBe('R\n');
    process.env.CRYPTOUTIL_KMS_TOKEN_FILE = tokenFile;
    printed = '';
    expect(await run('random')).toBe('R\n');
    delete process.env.CRYPTOUTIL_KMS_TOKEN_FILE;
    given('t');
    await expect(run('encrypt', ID, '--token-file', '-')).rejects.toThrow('--in');
    await expect(use('encrypt', ID, '--in', join(folder, 'absent'))).rejects.toThrow('cannot be read: ENOENT');
    writeFileSync(tokenFile, '\n');
    await expect(use('random')).rejects.toThrow('is empty');
    await expect(run('random')).rejects.toThrow('--token-file is missing');
  });
});
