import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSuite } from '../../suite/start-suite.js';
import { runChecklist } from '../checklist.js';
import type { SignedRecord } from '../record/record.js';
import { verifyRecord } from '../record/sign-record.js';
import { devSubject } from '../subject/dev-subject.js';
import { answerSabotages } from './answers.fixture.js';
import { certificateSabotages } from './certificates.fixture.js';
import { closeFronts } from './front.fixture.js';
import { logSabotages } from './logs.fixture.js';
import { replicaSabotages } from './replicas.fixture.js';
import { checked, failedOf, firstIn, laterPhases, options, type Sabotaged } from './run.fixture.js';
import { runningSabotages } from './running.fixture.js';
import { secretSabotages } from './secrets.fixture.js';
import { settingSabotages } from './settings.fixture.js';

/** One suite, sabotaged in one way after the other; each must be found by the item that names it, and by no other of its kind. */
describe('a checklist', () => {
  const given = {} as Sabotaged;
  beforeAll(async () => {
    given.folder = mkdtempSync(join(tmpdir(), 'cryptoutil-checklist-'));
    const home = join(given.folder, 'home');
    given.suite = await startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 } });
    given.subject = devSubject(home);
  }, 180_000);
  afterAll(async () => {
    await closeFronts();
    await given.suite?.remove();
    rmSync(given.folder, { recursive: true, force: true });
  }, 60_000);

  it('is green on a suite that is well, signed by the key service, and leaves nothing behind', async () => {
    const printed: string[] = [];
    const { code, results, signed } = await runChecklist(given.subject, options(), (line) => printed.push(line));
    expect(results.filter(({ verdict }) => verdict === 'failed' || verdict === 'confirm')).toEqual([]);
    expect(code).toBe(0);
    expect(results.length).toBeGreaterThan(60);
    expect(printed.join('\n')).toContain('Signed by the key service.');
    expect(await verifyRecord(signed)).toMatch(/^[\w-]{43}$/);
    const secrets = given.subject.secretFiles
      .filter((file) => !file.endsWith('.json'))
      .map((file) => readFileSync(file, 'utf8').trim());
    const all = JSON.stringify(signed) + printed.join('\n');
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    const [row] = await given.subject.query(
      'authz',
      "SELECT (SELECT count(*) FROM client WHERE client_id LIKE 'checklist-%')::int + (SELECT count(*) FROM gateway_client WHERE client_id LIKE 'checklist-%')::int AS left_over",
    );
    expect(row).toEqual({ left_over: 0 });
    expect(printed.join('\n')).not.toContain('Not removed');
  }, 60_000);

  // An item that belongs to several phases has been run in the first of them; the end of certificates is judged differently before a deployment.
  it.each(laterPhases.map((phase) => [phase, firstIn(phase)] as const))(
    'finds nothing wrong with it in the phase %s',
    async (phase, only) => {
      expect(only).not.toEqual([]);
      expect(failedOf(await checked(given.subject, phase, phase === 'pre' ? [...only, 'tls.expiry'] : only))).toEqual(
        [],
      );
    },
    60_000,
  );

  it('says of a changed record, a foreign key and an unsigned one that they prove nothing', async () => {
    const { signed } = await runChecklist(given.subject, options({ only: ['kms.unsealed'] }), () => undefined);
    const changed: SignedRecord = { ...signed, record: { ...signed.record, outcome: 'passed', by: 'somebody else' } };
    await expect(verifyRecord(changed)).rejects.toThrow('changed after it was signed');
    await expect(verifyRecord(signed, [])).rejects.toThrow('not among the trusted keys');
    const [key] = signed.keys as { kid: string }[];
    const foreign = { ...signed, keys: [{ ...key, x: Buffer.alloc(32, 7).toString('base64url') }] };
    await expect(verifyRecord(foreign)).rejects.toThrow('The signature of the record is wrong');
    await expect(verifyRecord({ ...signed, signature: 'x' })).rejects.toThrow('no JWS');
    await expect(verifyRecord({ ...signed, signature: null, unsigned_because: 'sealed' })).rejects.toThrow(
      'not signed: sealed',
    );
  });

  certificateSabotages(given);
  answerSabotages(given);
  replicaSabotages(given);
  settingSabotages(given);
  secretSabotages(given);
  logSabotages(given);
  runningSabotages(given);
});
