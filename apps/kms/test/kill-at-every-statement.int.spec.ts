import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { AUDIENCE } from './issuer.fixture.js';
import { atEveryStatement, faultyChanges } from './faulty-changes.fixture.js';
import { type CallOptions, type KmsSuite, kmsSuite } from './kms-suite.fixture.js';

/** Changes to kill at every statement, separated by commas, or `all`: minutes each, and the built packages are needed. Without it none. */
const wanted = process.env['KMS_KILL'] ?? '';
const names = [
  'init',
  'unseal',
  'create',
  'rotate',
  'import',
  'destroy',
  'rotate intermediate',
  'rotate root',
  'rekey',
  'rotate content',
] as const;
const chosen = names.filter((name) => wanted === 'all' || wanted.split(',').includes(name));

(chosen.length > 0 ? describe : describe.skip)(
  'a process killed at any statement leaves the old state or the new one',
  () => {
    let suite: KmsSuite;
    let child: ChildProcess;
    let url: string;
    let agent: Agent;
    let ops: ReturnType<KmsSuite['pki']['agent']> | undefined;
    let world: Awaited<ReturnType<typeof faultyChanges>>;
    let armed = false;

    const environment = async () => {
      const { settings } = suite.database;
      const tls = await suite.pki.files('kms');
      const [password] = await suite.files([settings.password.text()]);
      return {
        CRYPTOUTIL_LISTEN_PORT: '0',
        CRYPTOUTIL_PUBLIC_URL: AUDIENCE,
        CRYPTOUTIL_ISSUER: suite.issuer.issuer,
        CRYPTOUTIL_TLS_CERT_FILE: tls.certFile,
        CRYPTOUTIL_TLS_KEY_FILE: tls.keyFile,
        CRYPTOUTIL_TLS_CA_FILE: tls.caFile,
        CRYPTOUTIL_DATABASE_HOST: settings.host,
        CRYPTOUTIL_DATABASE_PORT: String(settings.port),
        CRYPTOUTIL_DATABASE_NAME: settings.name,
        CRYPTOUTIL_DATABASE_USER: settings.user,
        CRYPTOUTIL_DATABASE_PASSWORD_FILE: password,
      };
    };
    const start = async () => {
      child = fork(fileURLToPath(new URL('killable-kms.mjs', import.meta.url)), [], {
        env: await environment(),
        execArgv: [],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      const [{ url: at }] = (await once(child, 'message')) as [{ url: string }];
      url = at;
    };
    const tell = async (message: object): Promise<number> => {
      const answer = Promise.race([once(child, 'message'), once(child, 'exit').then(() => [{ done: 0 }])]);
      // One that dies meanwhile takes no message: then its exit is the answer.
      child.send(message, () => undefined);
      const [{ done }] = (await answer) as [{ done: number }];
      return done;
    };
    const call = async (method: string, path: string, { identity, token, body }: CallOptions = {}) => {
      try {
        const response = await request(url + path, {
          method: method as 'GET',
          dispatcher: identity === undefined ? agent : await (ops ??= suite.pki.agent(identity)),
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          body: body === undefined ? undefined : JSON.stringify(body),
        });
        return { status: response.statusCode, headers: response.headers, body: (await response.body.json()) as any };
      } catch {
        // Nobody answered: it was killed.
        return { status: 0, headers: {}, body: {} };
      }
    };

    beforeAll(async () => {
      suite = await kmsSuite();
      agent = new Agent({ connections: 4, connect: { ca: suite.pki.caPem, timeout: 30_000 } });
      await start();
      const job = async (name: 'destroy' | 'rewrap') => ({ status: (await tell({ job: name })) > 0 ? 200 : 0 });
      world = await faultyChanges(suite, { call, job }, await suite.start());
      if (chosen[0] !== 'init') await world.changes.init.act();
    }, 60_000);
    afterAll(async () => {
      child.kill('SIGKILL');
      await agent.close();
      await suite.close();
    });

    const faulty = {
      arm: async (at: number, fault: string) => {
        armed = true;
        await tell({ arm: { at, fault } });
      },
      disarm: async () => {
        // A kill after the answer was sent is on its way; a process that still answers was not killed.
        if (armed && child.exitCode === null && child.signalCode === null) await tell({ arm: null });
        armed = false;
        if (child.exitCode === null && child.signalCode === null) return undefined;
        const { signalCode } = child;
        await start();
        return `killed by ${signalCode}`;
      },
    };

    it.each(chosen.map((name) => [name]))(
      '%s',
      async (name) => {
        const change = world.changes[name];
        // A process that was killed comes back sealed.
        const prepare = async () => {
          if (!['init', 'unseal'].includes(name)) await world.begin();
          await change.prepare?.();
        };
        const run = await atEveryStatement({ ...change, prepare }, ['killed before', 'killed after'], faulty, [0, 503]);
        process.stderr.write(`${name}: ${run.statements} statements, ${run.faults} kills\n`);
        expect(run.faults).toBeGreaterThan(0);
      },
      3_600_000,
    );
  },
);
