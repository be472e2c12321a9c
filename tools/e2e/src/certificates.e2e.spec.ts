import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { X509Certificate, randomToken, sha256 } from '@cryptoutil/crypto';
import { Agent, request, type Dispatcher } from 'undici';
import { suiteFixture, type Suite } from './suite.fixture.js';

const program = fileURLToPath(new URL('../../cli/bin/cryptoutil.mjs', import.meta.url));
const run = promisify(execFile);
/** How often all certificates are renewed and the authority is replaced; more for a longer proof. */
const ROUNDS = Number(process.env.CRYPTOUTIL_E2E_ROTATIONS ?? 1);
/** Services hear of a change at once, but a busy machine takes its time. */
const SETTLE = '8s';

/** Requests on kept and on new connections, to every service and between them, until it is stopped. */
class Load {
  requests = 0;
  readonly failures: string[] = [];
  private kept: Agent | undefined;
  private stopped = false;
  private readonly workers: Promise<void>[] = [];

  constructor(
    private readonly suite: Suite,
    private readonly pki: string,
  ) {}

  async start(): Promise<void> {
    const { file } = this.suite;
    const grant = { grant_type: 'client_credentials', resource: file.urls.rs, scope: 'read:resource write:resource' };
    const token = await this.suite.clientToken('service', grant);
    const { client_id = '', client_secret = '' } = file.clients['service']!;
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const resources = `${file.urls.rs}/api/v1/protected/resource`;
    const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const login = await this.loginPage();
    const calls: [string, Dispatcher.HttpMethod, string, Record<string, string>, string?][] = [
      // authz signs by the kms
      [
        'token',
        'POST',
        `${file.issuer}/oauth2/v1/token`,
        { ...form, authorization: basic },
        String(new URLSearchParams(grant)),
      ],
      // rs encrypts by the kms
      ['create', 'POST', resources, bearer, JSON.stringify({ name: 'a', secret_note: 'b' })],
      // idp asks authz
      ['login page', 'GET', login, {}],
      ['kms', 'GET', `${file.urls.kms}/admin/v1/readyz`, {}],
      ['auth service', 'GET', `${file.urls.authService}/health`, {}],
    ];
    // The kept connections know only the authority of their beginning; each lasts as long as it is used.
    const kept = (this.kept = new Agent({ connect: { ca: readFileSync(join(this.pki, 'ca.crt')) }, connections: 1 }));
    for (const [name, method, url, headers, body] of calls) {
      const send = (dispatcher: Dispatcher) => request(url, { method, headers, body, dispatcher });
      this.work(`${name}, kept`, () => send(kept));
      this.work(`${name}, new`, () => this.once((dispatcher) => send(dispatcher)));
    }
    const clients = `${file.issuer}/admin/v1/clients`;
    this.work('operator, new', () => this.once((dispatcher) => request(clients, { dispatcher }), this.operator()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers);
    await this.kept?.destroy();
  }

  private work(name: string, call: () => Promise<Dispatcher.ResponseData>): void {
    const loop = async () => {
      while (!this.stopped && this.failures.length < 100) {
        this.requests += 1;
        try {
          const { statusCode, body } = await call();
          const text = await body.text();
          if (statusCode >= 300) this.failures.push(`${name}: ${statusCode} ${text.slice(0, 200)}`);
        } catch (error) {
          this.failures.push(`${name}: ${String(error)}`);
        }
      }
    };
    this.workers.push(loop());
  }

  /** On a connection of its own, which trusts what the file names now. */
  private async once(
    send: (dispatcher: Dispatcher) => Promise<Dispatcher.ResponseData>,
    own: { cert: string; key: string } | undefined = undefined,
  ): Promise<Dispatcher.ResponseData> {
    const agent = new Agent({ connect: { ca: readFileSync(join(this.pki, 'ca.crt')), ...own }, pipelining: 0 });
    const answer = await send(agent);
    // Closes after the body has been read.
    agent.close().catch(() => undefined);
    return answer;
  }

  /** Both files of one pair: the folder is looked up once. */
  private operator(): { cert: string; key: string } {
    const pair = realpathSync(join(this.pki, 'ops/current'));
    return { cert: readFileSync(join(pair, 'tls.crt'), 'utf8'), key: readFileSync(join(pair, 'tls.key'), 'utf8') };
  }

  private async loginPage(): Promise<string> {
    const { file, dispatcher } = this.suite;
    const [clientId, client] = Object.entries(file.clients).find(([, { redirect_uris }]) => redirect_uris)!;
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: client.redirect_uris![0]!,
      scope: 'openid',
      code_challenge: sha256(randomToken()).toString('base64url'),
      code_challenge_method: 'S256',
    });
    const answer = await request(`${file.issuer}/oauth2/v1/authorize?${query}`, { dispatcher });
    await answer.body.dump();
    return String(answer.headers.location);
  }
}

describe('certificates under load', () => {
  let suite: Suite;
  let pki: string;
  let load: Load;
  beforeAll(async () => {
    suite = await suiteFixture();
    pki = dirname(suite.file.caFile);
  }, 180_000);
  afterAll(async () => {
    await load?.stop();
    await suite?.close();
  }, 60_000);

  const cryptoutil = (...args: string[]) =>
    run(process.execPath, [program, 'pki', ...args, '--folder', pki]).then(({ stdout }) => stdout);
  const ports = () => Object.values(suite.file.urls).map((url) => Number(new URL(url).port));
  /** Serial number of the certificate that is served, and whether the authorities have issued it. */
  const served = (port: number, ca: string) =>
    new Promise<{ serial: string; trusted: boolean }>((settle, fail) => {
      const socket = connect({ host: '127.0.0.1', port, ca, rejectUnauthorized: false }, () => {
        settle({ serial: socket.getPeerX509Certificate()!.serialNumber, trusted: socket.authorized });
        socket.destroy();
      });
      socket.on('error', fail);
    });
  const serials = async () => (await Promise.all(ports().map((port) => served(port, '')))).map(({ serial }) => serial);
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((turn) => setImmediate(turn));
  };

  it(
    'are renewed, and the authority is replaced, without one failed request and without a restart',
    async () => {
      load = new Load(suite, pki);
      const oldAuthority = readFileSync(join(pki, 'ca.crt'), 'utf8');
      const oldOps = { cert: readFileSync(join(pki, 'ops.crt')), key: readFileSync(join(pki, 'ops.key')) };
      await load.start();
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = new Set(await serials());
        await cryptoutil('renew');
        await until(async () => (await serials()).every((serial) => !before.has(serial)));
        await cryptoutil('rotate-ca', '--begin', '--wait', '--settle', SETTLE, '--overlap', SETTLE);
      }
      const requestsBefore = load.requests;
      await until(() => Promise.resolve(load.requests > requestsBefore + 100));
      await load.stop();

      const authorities = readFileSync(join(pki, 'ca.crt'), 'utf8');
      expect(authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
      expect(new X509Certificate(authorities).fingerprint256).not.toBe(
        new X509Certificate(oldAuthority).fingerprint256,
      );
      for (const port of ports()) {
        expect((await served(port, authorities)).trusted).toBe(true);
        expect((await served(port, oldAuthority)).trusted).toBe(false);
      }
      const stranger = new Agent({ connect: { ca: authorities, ...oldOps } });
      const refused = await request(`${suite.file.issuer}/admin/v1/clients`, { dispatcher: stranger });
      await refused.body.dump();
      await stranger.close();
      expect(refused.statusCode).toBe(401);

      expect(load.failures).toEqual([]);
      expect(load.requests).toBeGreaterThan(500);
    },
    90_000 + ROUNDS * 60_000,
  );
});
