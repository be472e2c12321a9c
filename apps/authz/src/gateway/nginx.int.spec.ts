import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@cryptoutil/testing';
import { gatewayFixture, sendRequest, until, usersUrl, type GatewayFixture } from './gateway.fixture.js';

const program = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path));
const whenInstalled = program ? describe : describe.skip;

whenInstalled('the nginx example of docs/auth-service', () => {
  let gateway: GatewayFixture;
  let app: Server;
  let nginx: ChildProcess;
  let folder: string;
  let url: string;
  const seen: (string | undefined)[] = [];

  beforeAll(async () => {
    gateway = await gatewayFixture();
    app = createServer((request, response) => {
      seen.push(request.url);
      response.end('from the app');
    });
    await new Promise<void>((settle) => app.listen(0, '127.0.0.1', settle));
    folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    const port = await freePort();
    url = `https://localhost:${port}`;
    const { certFile, keyFile } = {
      certFile: gateway.caFile.replaceAll('ca.pem', 'authz.pem'),
      keyFile: gateway.caFile.replaceAll('ca.pem', 'authz.key'),
    };
    const config = readFileSync(new URL('../../../../docs/auth-service/nginx.conf', import.meta.url), 'utf8')
      .replaceAll('listen 9443', `listen 127.0.0.1:${port}`)
      .replaceAll('auth.internal:8443', `127.0.0.1:${new URL(gateway.replicas[0]!.url).port}`)
      .replaceAll('app.internal:8000', `127.0.0.1:${(app.address() as AddressInfo).port}`)
      .replaceAll('https://api.example.com$', 'http://api.example.com$')
      .replaceAll('worker_processes auto', 'worker_processes 1');
    writeFileSync(join(folder, 'nginx.conf'), config);
    for (const [name, file] of Object.entries({
      'server.crt': certFile,
      'server.key': keyFile,
      'ca.crt': gateway.caFile,
    }))
      writeFileSync(join(folder, name), readFileSync(file), { mode: 0o600 });
    nginx = spawn(program!, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;']);
    await until(async () => (await ask('/', {}).catch(() => ({ status: 0 }))).status !== 0);
  }, 60_000);
  afterAll(async () => {
    if (nginx) {
      const ended = new Promise((settle) => nginx.once('exit', settle));
      nginx.kill('SIGQUIT');
      await ended;
    }
    app?.close();
    await gateway?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    sendRequest(gateway.outside, url + path, { method, headers, body: method === 'POST' ? 'some body' : undefined });
  const bearer = async (client?: string) => ({ authorization: `Bearer ${await gateway.token(client)}` });

  it('lets a request with a good token through', async () => {
    const reply = await ask('/v1/users?page=1', await bearer());
    expect([reply.status, reply.text, seen.at(-1)]).toEqual([200, 'from the app', '/v1/users?page=1']);
    expect((await ask('/v1/users', await bearer(), 'POST')).status).toBe(200);
  });

  it.each<[string, number, string, string | undefined]>([
    ['without a token', 401, '/v1/users', undefined],
    ['with a token that lacks the scope', 403, '/v1/users', 'test-client-2'],
    ['to a URL that is not registered', 401, '/v1/other', 'test-client'],
  ])('refuses one %s with %i', async (_, status, path, client) => {
    const count = seen.length;
    expect((await ask(path, client ? await bearer(client) : {})).status).toBe(status);
    expect(seen).toHaveLength(count);
  });

  it('is not talked into another URL by headers of the caller', async () => {
    const headers = { ...(await bearer()), 'x-original-url': usersUrl, 'x-forwarded-for': usersUrl };
    expect((await ask('/v1/other', headers)).status).toBe(401);
  });

  it('lets a one-time token through once', async () => {
    const headers = { authorization: `Bearer ${await gateway.token('test-client', 'ott')}` };
    expect([(await ask('/v1/users', headers)).status, (await ask('/v1/users', headers)).status]).toEqual([200, 401]);
  });
});
