import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateMaterial, importMaterial, publicJwk, sha256, signJws } from '@cryptoutil/crypto';
import { auditVerdict, testResults } from '../checks/dependencies.js';
import { isSecretVariable } from '../checks/secret-variables.js';
import { settingsOf } from '../subject/settings-of.js';
import { settingsChanges, settingsFingerprint } from './configuration.js';
import { recordPage } from './record-page.js';
import { earlierRecords, keepRecord, type DeploymentRecord, type SignedRecord } from './record.js';
import { verifyRecord } from './sign-record.js';
import { verifyRecordFile } from './verify-record-file.js';

const record: DeploymentRecord = {
  ...{
    purpose: 'cryptoutil deployment record 1',
    at: '2026-11-22T06:00:00.000Z',
    phase: 'post',
    target: 'dev',
    place: 'here',
  },
  ...{
    by: '<Kim>',
    versions: ['0.1.0 (abc)'],
    outcome: 'failed',
    seconds: 3,
    figures: {},
    configuration: { 'rs A': '1' },
  },
  changes: ['rs A: 0 → 1'],
  results: [
    { id: 'a.one', title: 'One & all', group: 'First', lines: ['A10'], verdict: 'passed', evidence: 'fine', ms: 1 },
    {
      id: 'a.two',
      title: 'Two',
      group: 'First',
      lines: [],
      verdict: 'failed',
      evidence: '<script>alert(1)</script>',
      ms: 2,
      todo: 'mend "it"',
    },
    {
      id: 'b.three',
      title: 'Three',
      group: 'Second',
      lines: [],
      verdict: 'confirmed',
      evidence: 'done',
      by: 'Lee',
      ms: 0,
    },
  ],
};
const unsigned: SignedRecord = { record, signature: null, unsigned_because: 'the kms is sealed', keys: [] };

describe('a deployment record', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-records-'));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('is kept beside others of the same second, for its owner alone, and never written over', () => {
    const [first, second] = [keepRecord(folder, unsigned), keepRecord(folder, unsigned)];
    expect(second.json).not.toBe(first.json);
    for (const file of [first.json, first.page, second.json]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(first.json, 'utf8'))).toEqual(unsigned);
  });

  it('is found again, newest first, by its target; other files are passed over', () => {
    keepRecord(folder, unsigned);
    keepRecord(folder, { ...unsigned, record: { ...record, at: '2026-11-23T06:00:00.000Z' } });
    keepRecord(folder, { ...unsigned, record: { ...record, target: 'compose' } });
    writeFileSync(join(folder, 'other.json'), '{');
    expect(earlierRecords(folder, 'dev').map(({ at }) => at.slice(8, 10))).toEqual(['23', '22']);
    expect(earlierRecords(join(folder, 'none'), 'dev')).toEqual([]);
  });

  it('is a page that says first what is to do, runs nothing, and lets no text out of its place', () => {
    const page = recordPage(unsigned);
    expect(page).toContain('<h1>Not passed</h1>');
    expect(page.indexOf('mend &quot;it&quot;')).toBeLessThan(page.indexOf('One &amp; all'));
    expect(page).toContain('none: the kms is sealed');
    expect(page).not.toContain('<script>');
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<b>Lee</b>');
  });

  it('is proved without the key service, by its own keys or by those one trusts', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const material = importMaterial('ES256', await generateMaterial('ES256'));
    const claims = { purpose: record.purpose, sha256: sha256(JSON.stringify(record)).toString('hex'), at: record.at };
    const sign = (typ: string) => signJws(material, Buffer.from(JSON.stringify(claims)), { kid: 'k1', typ });
    const keys = [{ ...publicJwk(material), kid: 'k1' }];
    const signed: SignedRecord = { record, signature: await sign('kms-attestation'), keys };
    const { json } = keepRecord(folder, signed);
    const jwks = join(folder, 'keys.json');
    writeFileSync(jwks, JSON.stringify({ keys }));
    await verifyRecordFile(json, {});
    await verifyRecordFile(json, { jwks });
    expect(log.mock.calls.join('\n')).toMatch(
      /genuine: checklist post on dev of 2026-11-22T06:00:00.000Z, failed, signed by the key/,
    );
    await expect(verifyRecord({ ...signed, signature: await sign('kms-audit-head') })).rejects.toThrow(
      'not among the named keys',
    );
    writeFileSync(jwks, JSON.stringify({ keys: [] }));
    await expect(verifyRecordFile(json, { jwks })).rejects.toThrow('not among the trusted keys');
    writeFileSync(jwks, '{}');
    await expect(verifyRecordFile(json, { jwks })).rejects.toThrow('no JSON Web Key Set');
    writeFileSync(jwks, '{');
    await expect(verifyRecordFile(jwks, {})).rejects.toThrow('is not JSON');
    writeFileSync(jwks, '{"record":{}}');
    await expect(verifyRecordFile(jwks, {})).rejects.toThrow('is no record');
  });

  it('tells what changed in the settings, and knows the same settings in any order', () => {
    expect(settingsChanges({ a: '1', b: '2', c: '3' }, { b: '2', c: '4', d: '5' })).toEqual([
      'a: 1 → gone',
      'c: 3 → 4',
      'd: new, 5',
    ]);
    expect(settingsFingerprint({ a: '1', b: '2' })).toBe(settingsFingerprint({ b: '2', a: '1' }));
  });

  it('holds no secret of an environment', () => {
    const environment = {
      CRYPTOUTIL_DATABASE_PASSWORD_FILE: '/run/p',
      OTEL_EXPORTER_OTLP_HEADERS: 'x=y',
      PATH: '/bin',
    };
    const one = { id: 'rs', service: 'rs', running: true, state: 'running', environment, command: [] } as const;
    expect(settingsOf([one, { ...one, id: 'gone', running: false }])).toEqual({
      'rs CRYPTOUTIL_DATABASE_PASSWORD_FILE': '/run/p',
      'rs OTEL_EXPORTER_OTLP_HEADERS': '(a secret)',
    });
  });
});

describe('what is a secret in an environment', () => {
  it.each([
    ['JWT_SECRET', 'x', true],
    ['DB_PASSWORD', 'x', true],
    ['DATABASE_URL', 'postgresql://user:pass@host/db', true],
    ['ANYTHING', 'eyJhbGciOiJIUzI1NiJ9.e30.x', true],
    ['CRYPTOUTIL_TOKEN_HASH_KEY_FILE', '/run/secrets/x', false],
    ['JWT_SECRET', '', false],
    ['DATABASE_URL', 'postgresql://host/db', false],
    ['PATH', '/usr/bin', false],
  ])('%s=%s: %s', (name, value, secret) => {
    expect(isSecretVariable(name, value)).toBe(secret);
  });
});

describe('what others have found', () => {
  it.each([
    ['{"metadata":{"vulnerabilities":{"critical":1,"high":0}}}', 'failed'],
    ['{"metadata":{"vulnerabilities":{"moderate":3}}}', 'passed'],
    ['{"error":{"code":"ENOTFOUND"}}', 'confirm'],
    ['nothing', 'confirm'],
  ])('npm audit says %s: %s', (output, verdict) => {
    expect(auditVerdict(1, output).verdict).toBe(verdict);
  });

  it('test results fail with one failed test, and are never taken for those of this commit', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-results-'));
    expect(testResults(folder).verdict).toBe('confirm');
    writeFileSync(join(folder, 'a.json'), '{"numPassedTests":7,"numFailedTests":0}');
    expect(testResults(folder)).toMatchObject({
      verdict: 'confirm',
      evidence: expect.stringMatching(/^7 tests of 1 projects/),
    });
    writeFileSync(join(folder, 'b.json'), '{"numPassedTests":1,"numFailedTests":1}');
    expect(testResults(folder)).toEqual({ verdict: 'failed', evidence: 'b: 1 failed' });
    rmSync(folder, { recursive: true });
  });
});
