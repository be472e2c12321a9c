import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSuite } from '@cryptoutil/cli';
import type { Agent } from 'undici';
import { operator, suiteFixture, type Suite } from './suite.fixture.js';

/** How long the load goes on before and after the backup is begun, in seconds; a long drill sets more. */
const LOAD_SECONDS = Number(process.env.CRYPTOUTIL_DRILL_SECONDS ?? 1);
const program = fileURLToPath(new URL('../../cli/bin/cryptoutil.mjs', import.meta.url));

/** A write that was acknowledged, when that was, and how it is found again. */
interface Written {
  readonly acknowledgedAt: number;
  readonly kind: 'note' | 'client' | 'user' | 'ciphertext';
  readonly found: () => Promise<boolean>;
}

describe('a restore drill under load', () => {
  let suite: Suite;
  let ops: Agent;
  const ledger: Written[] = [];
  beforeAll(async () => {
    suite = await suiteFixture();
    ops = operator(suite);
  }, 180_000);
  afterAll(async () => {
    await ops?.close();
    await suite?.close();
  }, 60_000);

  const home = () => suite.running.context.home.folder;
  const cryptoutil = async (...args: string[]) =>
    (
      await promisify(execFile)(process.execPath, [program, 'backup', ...args], {
        env: { ...process.env, CRYPTOUTIL_HOME: home() },
      })
    ).stdout;
  const tokens = new Map<string, string>();
  const token = async (resource: string, scope: string) => {
    const known = tokens.get(scope) ?? (await suite.clientToken('service', { resource, scope }));
    tokens.set(scope, known);
    return known;
  };

  /** One write of each kind; what is acknowledged goes into the ledger, which lies outside of the suite. */
  async function write(number: number): Promise<void> {
    const { rs, kms, authz, idp } = suite.file.urls;
    const acknowledged = (kind: Written['kind'], found: Written['found']) =>
      ledger.push({ kind, found, acknowledgedAt: Date.now() });
    const noteToken = await token(rs, 'read:resource write:resource');
    const text = `note ${number}`;
    const note = await suite.call(`${rs}/api/v1/protected/resource`, {
      token: noteToken,
      json: { name: text, secret_note: text },
    });
    if (note.status === 201)
      acknowledged('note', async () => {
        const read = await suite.call(`${rs}/api/v1/protected/resource/${note.json.id}`, {
          token: await token(rs, 'read:resource write:resource'),
        });
        return read.status === 200 && read.json.secret_note === text;
      });
    const client_secret = `secret-of-the-client-number-${number}-of-the-drill`;
    const registration = {
      client_name: text,
      client_secret,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      scope: 'read:resource',
    };
    const client = await suite.call(`${authz}/admin/v1/clients/drill-${number}`, {
      method: 'PUT',
      json: registration,
      dispatcher: ops,
    });
    if (client.status < 300)
      acknowledged('client', async () => {
        const basic = { client_id: `drill-${number}`, client_secret };
        const form = { grant_type: 'client_credentials', scope: 'read:resource' };
        return (await suite.call(`${authz}/oauth2/v1/token`, { basic, form })).status === 200;
      });
    const user = {
      password: `a long password ${number} of the drill`,
      email: `drill${number}@example.com`,
      name: text,
      roles: [],
    };
    const created = await suite.call(`${idp}/admin/v1/users/drill${number}`, {
      method: 'PUT',
      json: user,
      dispatcher: ops,
    });
    if (created.status < 300)
      acknowledged(
        'user',
        async () => (await suite.call(`${idp}/admin/v1/users/drill${number}`, { dispatcher: ops })).status === 200,
      );
    const scope = 'kms:write kms:encrypt kms:decrypt';
    const keys = `${kms}/service/api/v1/elastic-keys`;
    const key = await suite.call(keys, { token: await token(kms, scope), json: { name: text } });
    if (key.status !== 201) return;
    const plaintext = Buffer.from(text).toString('base64url');
    const { status, json } = await suite.call(`${keys}/${key.json.id}/encrypt`, {
      token: await token(kms, scope),
      json: { plaintext },
    });
    if (status === 200)
      acknowledged('ciphertext', async () => {
        const opened = await suite.call(`${keys}/${key.json.id}/decrypt`, {
          token: await token(kms, scope),
          json: { jwe: json.jwe },
        });
        return opened.json?.plaintext === plaintext;
      });
  }

  it('server destroyed, restored: every write acknowledged before the backup point is there, every ciphertext opens', async () => {
    const [keys, safe] = [join(home(), 'backup-keys'), join(home(), 'safe')];
    await cryptoutil('keygen', '--out', keys);
    mkdirSync(safe);
    for (const name of ['recipient.private.jwk', 'signer.public.jwk']) renameSync(join(keys, name), join(safe, name));

    let going = true;
    let number = 0;
    const load = Promise.all(
      [1, 2].map(async () => {
        while (going) await write((number += 1));
      }),
    );
    await delay(LOAD_SECONDS * 1000);
    while (ledger.length < 8) await delay(50);
    await cryptoutil('create');
    await delay(LOAD_SECONDS * 1000);
    going = false;
    await load;

    const listed = JSON.parse(await cryptoutil('list', '--json'));
    const point = Date.parse(listed.sets[0].point);
    const shares = suite.file.unsealShareFiles.slice(0, 3);
    const proof = await cryptoutil('verify', '--keys', safe, '--share-file', ...shares);
    expect(proof).toMatch(/opened: .* audit chain whole .* ciphertexts have their key/);
    expect(JSON.parse(await cryptoutil('list', '--json'))).toMatchObject({
      last_verified_age_seconds: expect.any(Number),
    });

    await suite.running.stop();
    const { folder } = JSON.parse(readFileSync(join(home(), 'postgres.json'), 'utf8'));
    rmSync(folder, { recursive: true });
    const destroyed = performance.now();
    await cryptoutil('restore', '--keys', safe);
    const restored = performance.now();
    suite.running = await startSuite({ home: home(), ports: suite.running.context.ports });
    const up = performance.now();
    tokens.clear();

    const before = ledger.filter(({ acknowledgedAt }) => acknowledgedAt <= point);
    const found = new Map<Written, boolean>();
    for (const one of ledger) found.set(one, await one.found());
    expect(before.length).toBeGreaterThan(0);
    expect(before.filter((one) => !found.get(one)).map(({ kind }) => kind)).toEqual([]);
    const figures = {
      acknowledged: ledger.length,
      before_the_point: before.length,
      present: [...found.values()].filter(Boolean).length,
      restore_seconds: Math.round((restored - destroyed) / 100) / 10,
      until_ready_seconds: Math.round((up - destroyed) / 100) / 10,
    };
    const report = process.env.CRYPTOUTIL_DRILL_REPORT;
    if (report) {
      mkdirSync(dirname(report), { recursive: true });
      writeFileSync(report, JSON.stringify(figures, undefined, 2));
    }
  }, 300_000);
});
