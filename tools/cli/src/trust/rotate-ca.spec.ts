import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate, createPrivateKey } from '@cryptoutil/crypto';
import { certificatesOf, issuerOf } from '@cryptoutil/pki';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readAuthority, readBundle } from './authority-files.js';
import { ensureCertificates, issue } from './certificate-files.js';
import { durationSeconds } from './duration.js';
import { pkiStatus, renewCertificates } from './pki-actions.js';
import { readPkiStatus } from './pki-status.js';
import { RotateAuthority } from './rotate-ca.js';
import { rotateCa } from './rotate-ca-action.js';

const names = ['authz', 'ops'];
let folder: string;
let printed: string;
beforeEach(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'cryptoutil-rotate-')), 'pki');
  printed = '';
  jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => Boolean((printed += String(line))));
  await ensureCertificates(folder, names);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(join(folder, '..'), { recursive: true });
});
/** The file itself, whatever leads to it. */
const copy = (from: string, to: string, file: string) => writeFileSync(join(to, file), readFileSync(join(from, file)));
const leaf = (name: string) => new X509Certificate(readFileSync(join(folder, `${name}.crt`)));
const keyFits = (name: string) =>
  leaf(name).checkPrivateKey(createPrivateKey(readFileSync(join(folder, `${name}.key`))));

describe('renewing certificates', () => {
  it('gives each a new key and serial number and keeps its identity and names', async () => {
    await issue(folder, 'kms', {
      identity: 'kms',
      dnsNames: ['kms', 'kms.internal'],
      ipAddresses: ['10.0.0.5'],
      days: 9,
    });
    const before = leaf('kms');
    await renewCertificates([], { folder, days: 100 });
    const after = leaf('kms');
    expect(after.subjectAltName).toBe(before.subjectAltName);
    expect(after.serialNumber).not.toBe(before.serialNumber);
    expect(after.publicKey.equals(before.publicKey)).toBe(false);
    expect([...names, 'kms'].map(keyFits)).toEqual([true, true, true]);
    expect(printed).toContain('3 renewed, 0 left as they are.');
  });

  it('renews only what is named, or what ends soon', async () => {
    const [authz, ops] = [leaf('authz').serialNumber, leaf('ops').serialNumber];
    await renewCertificates(['ops'], { folder, days: 20 });
    expect([leaf('authz').serialNumber === authz, leaf('ops').serialNumber === ops]).toEqual([true, false]);
    await renewCertificates([], { folder, days: 100, within: 30 });
    expect(printed).toContain('1 renewed, 1 left as they are.');
    await expect(renewCertificates(['nobody'], { folder, days: 1 })).rejects.toThrow('no certificate of "nobody"');
    await expect(renewCertificates([], { folder, days: 0 })).rejects.toThrow('--days');
  });

  it('changes nothing when one of the named does not exist', async () => {
    const before = leaf('authz').serialNumber;
    await expect(renewCertificates(['authz', 'nobody'], { folder, days: 1 })).rejects.toThrow('nobody');
    expect(leaf('authz').serialNumber).toBe(before);
  });

  it('replaces certificate and key by one renaming, in a folder that a container can mount, and leaves no old key', async () => {
    const own = join(folder, 'authz');
    const before = readdirSync(own).find((name) => name.startsWith('pair-'));
    await renewCertificates(['authz'], { folder, days: 100 });
    expect(lstatSync(join(own, 'current')).isSymbolicLink()).toBe(true);
    const pairs = readdirSync(own).filter((name) => name.startsWith('pair-'));
    expect(pairs).toHaveLength(1);
    expect(pairs[0]).not.toBe(before);
    expect(statSync(join(own, 'tls.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(own, 'tls.crt'), 'utf8')).toBe(readFileSync(join(folder, 'authz.crt'), 'utf8'));
    expect(statSync(join(folder, 'trust/ca.crt')).mode & 0o777).toBe(0o644);
  });

  it('takes a folder over in which certificates are plain files', async () => {
    const plain = join(folder, '../plain');
    mkdirSync(plain);
    for (const file of ['ca.crt', 'ca.key', 'ops.crt', 'ops.key']) copy(folder, plain, file);
    await renewCertificates([], { folder: plain, days: 100 });
    expect(lstatSync(join(plain, 'ops.crt')).isSymbolicLink()).toBe(true);
    expect(existsSync(join(plain, 'trust/ca.crt'))).toBe(true);
  });
});

describe('replacing the authority', () => {
  const options = { settleSeconds: 600, overlapSeconds: 3_600, days: 30 };
  const at = (seconds: number) => new RotateAuthority(folder, () => Date.now() + seconds * 1_000);

  it('trusts the new one beside the old, issues all by it, then trusts it alone', async () => {
    const [old] = readBundle(folder);
    await at(0).begin(options);
    expect(readBundle(folder)).toHaveLength(2);
    expect(issuerOf(leaf('authz'), [old!])).toBeDefined();
    expect(readAuthority(folder).certificatePem).toBe(old!.toString());

    expect(await at(601).proceed()).toBe('reissued');
    const [next, second] = readBundle(folder);
    expect(second!.fingerprint256).toBe(old!.fingerprint256);
    for (const name of names)
      expect([keyFits(name), issuerOf(leaf(name), [next!]) !== undefined]).toEqual([true, true]);
    expect(readAuthority(folder).certificatePem).toBe(next!.toString());

    expect(await at(601 + 3_601).proceed()).toBe('ended');
    expect(readBundle(folder).map(({ fingerprint256 }) => fingerprint256)).toEqual([next!.fingerprint256]);
    expect(readdirSync(folder).filter((name) => /next|rotation/.test(name))).toEqual([]);
    await expect(at(0).proceed()).rejects.toThrow('No rotation is under way');
  });

  it('refuses each step before its time, and a second beginning', async () => {
    await at(0).begin(options);
    await expect(at(590).proceed()).rejects.toThrow(/Not before .*: not everybody may trust the new authority yet/);
    expect(readBundle(folder)).toHaveLength(2);
    await expect(at(0).begin(options)).rejects.toThrow('A rotation is under way');
    await at(601).proceed();
    await expect(at(3_000).proceed()).rejects.toThrow('somebody may still use a certificate of the old authority');
    expect(readBundle(folder)).toHaveLength(2);
  });

  it('keeps the old authority while one of its certificates is left', async () => {
    const old = readAuthority(folder);
    await at(0).begin(options);
    await at(601).proceed();
    const stray = join(folder, '../stray');
    cpSync(folder, stray, { recursive: true, verbatimSymlinks: true });
    writeFileSync(join(stray, 'ca.crt'), old.certificatePem);
    writeFileSync(join(stray, 'ca.key'), old.privateKeyPem);
    await issue(stray, 'rs', { identity: 'rs', days: 1 });
    for (const kind of ['crt', 'key']) copy(stray, folder, `rs.${kind}`);
    await expect(at(9_999).proceed()).rejects.toThrow('The old authority is still needed by rs');
    expect(readBundle(folder)).toHaveLength(2);
    await renewCertificates(['rs'], { folder, days: 1 });
    expect(await at(9_999).proceed()).toBe('ended');
  });

  it.each([
    ['after the new key was made', (state: string) => rmSync(state)],
    ['before the state was written', (state: string, before: string) => writeFileSync(state, before)],
  ])('goes on when it was interrupted %s', async (_name, interrupt) => {
    const rotation = join(folder, 'rotation.json');
    const first = await at(0).begin(options);
    const before = readFileSync(rotation, 'utf8');
    if (_name.startsWith('after')) {
      interrupt(rotation, before);
      // The same new authority: clients may trust it already.
      expect((await at(0).begin(options)).next).toBe(first.next);
    }
    await at(601).proceed();
    if (_name.startsWith('before')) interrupt(rotation, before);
    const serials = names.map((name) => leaf(name).serialNumber);
    if (_name.startsWith('before')) expect(await at(601).proceed()).toBe('reissued');
    expect(names.map((name) => leaf(name).serialNumber)).toEqual(serials);
    expect(await at(9_999).proceed()).toBe('ended');
    expect(certificatesOf(readFileSync(join(folder, 'ca.crt'), 'utf8'))).toHaveLength(1);
  });

  it('changes nothing while its notes cannot be read', async () => {
    writeFileSync(join(folder, 'rotation.json'), '{"phase":"other"}');
    await expect(at(0).proceed()).rejects.toThrow('rotation.json cannot be read');
    await expect(at(0).begin(options)).rejects.toThrow('rotation.json cannot be read');
  });

  it('can be run to its end by one command', async () => {
    await rotateCa({ folder, begin: true, wait: true, settle: '1s', overlap: '1s', days: 30 });
    expect(printed).toContain('The rotation has ended');
    expect(readBundle(folder)).toHaveLength(1);
    expect(pkiStatus({ folder })).toBe(0);
  });

  it('is told of by status: the phase, what comes next and when', async () => {
    await rotateCa({ folder, begin: true, settle: '1h', overlap: '1d', days: 30 });
    await expect(rotateCa({ folder, settle: '1h', overlap: '1d', days: 30 })).rejects.toThrow('Not before');
    printed = '';
    expect(pkiStatus({ folder })).toBe(0);
    expect(printed).toMatch(
      /Rotation of the authority: distributed\. Next: issue every certificate by the new authority/,
    );
    printed = '';
    pkiStatus({ folder, json: true });
    expect(JSON.parse(printed)).toMatchObject({ ok: true, rotation: { phase: 'distributed' } });
  });
});

describe('the status for programs', () => {
  it('says of each certificate how many days are left and what is wrong, and exits 1 below the days', async () => {
    await issue(folder, 'rs', { identity: 'rs', days: 20 });
    expect(pkiStatus({ folder, json: true, within: 10 })).toBe(0);
    printed = '';
    expect(pkiStatus({ folder, json: true, within: 30 })).toBe(1);
    const { ok, certificates } = JSON.parse(printed) as ReturnType<typeof readPkiStatus>;
    expect(ok).toBe(false);
    expect(certificates.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ['ca', 'authority', 'ok'],
      ['authz', 'leaf', 'ok'],
      ['ops', 'leaf', 'ok'],
      ['rs', 'leaf', 'ends soon'],
    ]);
    expect(certificates[3]).toMatchObject({ identity: 'rs', days_left: 19 });
    const later = readPkiStatus(folder, 0, Date.now() + 21 * 86_400_000);
    expect(later.certificates[3]).toMatchObject({ state: 'expired', days_left: -2 });
    expect(readPkiStatus(folder, 0, Date.now() - 86_400_000).certificates[3]!.state).toBe('not valid yet');
  });

  it('finds a certificate that no authority of the folder has issued', async () => {
    const other = join(folder, '../other');
    await ensureCertificates(other, ['rs']);
    for (const kind of ['crt', 'key']) copy(other, folder, `rs.${kind}`);
    expect(pkiStatus({ folder })).toBe(1);
    expect(printed).toContain('of no authority here');
  });
});

describe('durations', () => {
  it('are a number and a unit', () => {
    expect(['30s', '10m', '24h', '7d'].map((text) => durationSeconds(text, '--settle'))).toEqual([
      30, 600, 86_400, 604_800,
    ]);
    for (const text of ['', '10', 'm', '-1s', '1.5h', '1w'])
      expect(() => durationSeconds(text, '--settle')).toThrow('--settle must be a duration');
  });
});
