import { resolve } from 'node:path';
import { isIdentityName } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { homeAt, homeFolder } from '../home/home.js';
import { leafNames, pemOf, publishBundle, readAuthority, readBundle, RESERVED_NAMES } from './authority-files.js';
import { certificateFiles, initAuthority, issue, type CertificateFiles } from './certificate-files.js';
import { readPkiStatus, type PkiStatus } from './pki-status.js';
import { readLeaf, reissue } from './renew.js';

const DAY_MS = 86_400_000;

export const pkiFolder = (folder: string | undefined): string => resolve(folder ?? homeAt(homeFolder()).pki);

export async function initPki({ folder, days }: { folder?: string; days: number }): Promise<void> {
  requireDays(days);
  printFiles(await initAuthority(pkiFolder(folder), days));
}

export async function issueIdentity(
  identity: string,
  { folder, dns, ip, days }: { folder?: string; dns: string[]; ip: string[]; days: number },
): Promise<void> {
  requireDays(days);
  if (!isIdentityName(identity) || RESERVED_NAMES.includes(identity)) {
    throw new CommandFailure(`"${identity}" is no name of an identity.`);
  }
  printFiles(await issue(pkiFolder(folder), identity, { identity, dnsNames: dns, ipAddresses: ip, days }));
}

/** Gives the named certificates, or all, a new key and a new end. `within`: only those that end in fewer days. */
export async function renewCertificates(
  names: readonly string[],
  options: { folder?: string; days: number; within?: number },
): Promise<void> {
  const { days, within } = options;
  requireDays(days);
  if (within !== undefined) requireDays(within, '--within');
  const folder = pkiFolder(options.folder);
  const authority = readAuthority(folder);
  const wanted = names.length > 0 ? names : leafNames(folder);
  // Before anything is changed.
  const ends = wanted.map((name) => [name, readLeaf(folder, name).validToDate.getTime()] as const);
  const due = ends.filter(([, end]) => within === undefined || end - Date.now() < within * DAY_MS);
  for (const [name] of due) {
    await reissue(folder, name, authority, days);
    const until = readLeaf(folder, name).validToDate.toISOString();
    console.log(`${certificateFiles(folder, name).certFile} until ${until}`);
  }
  // Folders of an earlier layout get the place that containers mount.
  publishBundle(folder, pemOf(readBundle(folder)));
  console.log(`${due.length} renewed, ${wanted.length - due.length} left as they are.`);
}

/** Prints how the certificates are. Returns the exit code: 1 when one has expired, ends within the days, or is not valid. */
export function pkiStatus(
  { folder, within = 0, json = false }: { folder?: string; within?: number; json?: boolean },
  now = Date.now(),
): number {
  if (within !== 0) requireDays(within, '--within');
  const status = readPkiStatus(pkiFolder(folder), within, now);
  console.log(json ? JSON.stringify(status, undefined, 2) : readable(status));
  return status.ok ? 0 : 1;
}

function readable({ certificates, rotation }: PkiStatus): string {
  const lines = certificates.map(({ name, not_after, days_left, state, names, subject }) => {
    const until = `${state === 'expired' ? 'expired' : 'until'} ${not_after.slice(0, 10)}`;
    const wrong = state === 'ok' || state === 'expired' ? '' : `  (${state})`;
    return `${`${name}.crt`.padEnd(12)} ${until}  ${String(days_left).padStart(5)} days  ${names ?? subject}${wrong}`;
  });
  if (!rotation) return lines.join('\n');
  const { phase, next_step, not_before } = rotation;
  return [...lines, '', `Rotation of the authority: ${phase}. Next: ${next_step}, not before ${not_before}.`].join(
    '\n',
  );
}

export function requireDays(days: number, option = '--days'): void {
  if (!Number.isInteger(days) || days < 1) throw new CommandFailure(`${option} must be a whole number of at least 1.`);
}

function printFiles({ certFile, keyFile }: CertificateFiles): void {
  console.log(`${certFile}\n${keyFile}`);
}
