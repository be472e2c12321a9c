import { createInterface } from 'node:readline/promises';
import { CommandFailure } from '../command-failure.js';
import { homeAt, homeFolder } from '../home/home.js';
import { readShareFiles } from '../kms-admin/shares.js';
import { createProgress } from '../terminal/progress.js';
import { createBackup } from './create-backup.js';
import { fileConnections, resolveConnections, type SuiteConnections } from './database/connections.js';
import { withHomeDatabase } from './database/home-database.js';
import { reportRun, type ReportOptions } from './metrics/report-run.js';
import { restoreBackup } from './restore-backup.js';
import { prune, type Retention } from './retention.js';
import { backupFolder, keyFile, signerFile, statusOf, type PlaceOptions } from './set-place.js';
import { readRecipientPrivate, readRecipientPublic, readSignerPrivate, readSignerPublic } from './sets/backup-keys.js';
import { verifyBackup } from './verify-backup.js';

export const createAction = (options: CreateActionOptions): Promise<void> =>
  reportRun('create', options, statusOf(options), () => createAndPrune(options));

type CreateActionOptions = PlaceOptions &
  Retention &
  ReportOptions & { connections?: string; include?: Record<string, string> };

async function createAndPrune(options: CreateActionOptions): Promise<void> {
  const folder = backupFolder(options);
  const signer = readSignerPrivate(keyFile(options, 'signerPrivate'));
  const set = await createBackup(
    {
      folder,
      connections: resolveConnections(options.connections),
      recipient: readRecipientPublic(keyFile(options, 'recipientPublic')),
      signer,
      include: options.include,
    },
    createProgress(),
  );
  console.log(`${set.id}: ${set.rows} rows, ${(set.bytes / 1024).toFixed(0)} KiB, in ${set.path}`);
  for (const id of await prune(folder, signer, options)) console.log(`removed by retention: ${id}`);
}

type VerifyActionOptions = PlaceOptions & ReportOptions & { shareFile?: string[] };

export const verifyAction = (id: string | undefined, options: VerifyActionOptions): Promise<void> =>
  reportRun('verify', options, statusOf(options), () => verifyAndPrint(id, options));

async function verifyAndPrint(id: string | undefined, options: VerifyActionOptions): Promise<void> {
  const { restored, kms, seconds, ...set } = await verifyBackup(
    { ...access(id, options), shares: options.shareFile && readShareFiles(options.shareFile) },
    createProgress(),
  );
  for (const { service, tables, rows, shapeDiffers } of restored) {
    console.log(`${service}: ${tables} tables, ${rows} rows`);
    if (shapeDiffers.length > 0)
      console.log(`  its schema is not that of its version:\n  ${shapeDiffers.join('\n  ')}`);
  }
  if (kms) {
    const opened = Object.entries(kms.opened).map(([table, rows]) => `${rows} ${table}`);
    console.log(
      `opened: ${opened.join(', ')}; audit chain whole (${kms.audit_events} events); ${kms.ciphertexts} ciphertexts have their key`,
    );
  } else {
    console.log('The rows of the kms were not opened: give --share-file to have that proved as well.');
  }
  console.log(`${set.id} is good (${seconds} s).`);
}

export async function restoreAction(
  id: string | undefined,
  options: PlaceOptions & { connections?: string; replace?: boolean; confirm?: string; write?: Record<string, string> },
): Promise<void> {
  const restore = (connections: SuiteConnections) =>
    restoreBackup(
      {
        ...access(id, options),
        connections,
        confirm: options.replace ? (question) => confirmation(question, options.confirm) : undefined,
        folders: options.write,
      },
      createProgress(),
    );
  const result = await (options.connections === undefined
    ? withHomeDatabase(homeAt(homeFolder()), restore)
    : restore(fileConnections(options.connections)));
  const rows = result.restored.reduce((sum, one) => sum + one.rows, 0);
  console.log(`${result.id} is in place: ${rows} rows, every write acknowledged before ${result.point}.`);
  if (result.aside) {
    console.log(
      `What was there before is in the schema ${result.aside} of each database; drop it when it is not needed.`,
    );
  }
  console.log(
    [
      'Now: cryptoutil migrate (when this version is newer than the set), start the services, unseal the kms with the shares that were good then,',
      'cryptoutil smoke or cryptoutil health, and make a new backup. Writes after that moment are gone: tell those who made them.',
    ].join('\n'),
  );
}

const access = (id: string | undefined, options: PlaceOptions) => ({
  folder: backupFolder(options),
  id,
  recipient: readRecipientPrivate(keyFile(options, 'recipientPrivate')),
  signer: readSignerPublic(signerFile(options)),
});

/** Typed by a person, or given by a script that says which set it means. */
async function confirmation(question: string, given: string | undefined): Promise<string | undefined> {
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(`${question}\nThere is no terminal to ask at: give the id of the set with --confirm.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return terminal.question(question).finally(() => terminal.close());
}
