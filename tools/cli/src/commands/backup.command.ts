import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { PlaceOptions } from '../backup/set-place.js';
import type { ReportOptions } from '../backup/metrics/report-run.js';
import type { Retention } from '../backup/retention.js';
import { examples } from './examples.js';

/** `cryptoutil backup`: encrypted copies of the four databases, as one set. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Back the four databases up as one encrypted set, prove that it can be restored, and restore it.')
    .addCommand(keygen())
    .addCommand(create())
    .addCommand(list())
    .addCommand(verify())
    .addCommand(restore())
    .addCommand(prune());
}

const place = (command: Command): Command =>
  command
    .option('--folder <folder>', 'where the sets are (default: backups in the home)')
    .option('--keys <folder>', 'where the key files are (default: backup-keys in the home)');
const metricsFile = (): Option =>
  new Option('--metrics-file <file>', 'write how the run went there, for the textfile collector of Prometheus');
const connections = (): Option =>
  new Option(
    '--connections <file>',
    'JSON file that names the databases (default: those of the suite of the home)',
  ).env('CRYPTOUTIL_BACKUP_CONNECTIONS');
const retention = (command: Command): Command =>
  command
    .option('--keep-last <n>', 'keep the newest n sets', count)
    .option('--keep-days <n>', 'keep the sets of the last n days', count);
const setArgument = (): Argument => new Argument('[set]', 'which one (default: the newest)');

function keygen(): Command {
  return new Command('keygen')
    .description(
      'Make the keys: one pair that seals and opens backups, one that signs and verifies them. Do it away from the host.',
    )
    .requiredOption('--out <folder>', 'folder for the four key files; they must not be there yet')
    .addHelpText('after', examples('cryptoutil backup keygen --out ./backup-keys'))
    .action(async (options: { out: string }) => {
      const { keygenAction } = await import('../backup/set-actions.js');
      await keygenAction(options);
    });
}

function create(): Command {
  return retention(place(new Command('create')))
    .description('Make a set while the services go on: dumps, encrypted to the recipient, and a signed manifest.')
    .addOption(connections())
    .addOption(metricsFile())
    .option(
      '--include <name=folder>',
      'take the files of a folder along, such as secrets=deployments/compose/secrets; never unseal shares',
      named,
      {},
    )
    .addHelpText(
      'after',
      examples(
        'cryptoutil backup create',
        'cryptoutil backup create --connections /etc/cryptoutil/backup.json --keep-last 7 --keep-days 30',
        'cryptoutil backup create --include secrets=deployments/compose/secrets',
      ),
    )
    .action(
      async (
        options: PlaceOptions & Retention & ReportOptions & { connections?: string; include: Record<string, string> },
      ) => {
        await startTelemetry();
        const { createAction } = await import('../backup/backup-actions.js');
        await createAction(options);
      },
    );
}

function list(): Command {
  return place(new Command('list'))
    .description('List the sets with age, size and when each was verified; exit 3 when there is no good one.')
    .option('--json', 'for programs')
    .addHelpText('after', examples('cryptoutil backup list', 'cryptoutil backup list --json'))
    .action(async (options: PlaceOptions & { json?: boolean }) => {
      const { listAction } = await import('../backup/set-actions.js');
      process.exitCode = await listAction(options);
    });
}

function verify(): Command {
  return place(new Command('verify'))
    .description(
      'Prove that a set can be restored: into a scratch PostgreSQL, every row counted, and with shares every row of the kms opened.',
    )
    .addArgument(setArgument())
    .option('--share-file <file...>', 'unseal shares that were good when the set was made, one a file')
    .addOption(metricsFile())
    .addHelpText(
      'after',
      examples('cryptoutil backup verify', 'cryptoutil backup verify --keys /media/safe --share-file s1 s2 s3'),
    )
    .action(async (id: string | undefined, options: PlaceOptions & ReportOptions & { shareFile?: string[] }) => {
      await startTelemetry();
      const { verifyAction } = await import('../backup/backup-actions.js');
      await verifyAction(id, options);
    });
}

function restore(): Command {
  return place(new Command('restore'))
    .description(
      'Put a set into the four databases, which must exist. Refuses when they hold something, or are in use.',
    )
    .addArgument(setArgument())
    .addOption(connections())
    .option('--replace', 'put aside what the databases hold (it is renamed, not deleted); asks for the id of the set')
    .option('--confirm <set>', 'the answer to that question, for scripts')
    .option(
      '--write <name=folder>',
      'write a folder that was taken along to a folder that does not exist yet',
      named,
      {},
    )
    .addHelpText(
      'after',
      examples(
        'cryptoutil backup restore --connections /etc/cryptoutil/backup.json --keys /media/safe',
        'cryptoutil backup restore 20261122T040000Z-0a1b2c3d --replace',
      ),
    )
    .action(
      async (
        id: string | undefined,
        options: PlaceOptions & {
          connections?: string;
          replace?: boolean;
          confirm?: string;
          write: Record<string, string>;
        },
      ) => {
        const { restoreAction } = await import('../backup/backup-actions.js');
        await restoreAction(id, options);
      },
    );
}

function prune(): Command {
  return retention(place(new Command('prune')))
    .description(
      'Remove sets beyond the retention; never the newest good one, nor the newest that was verified with shares.',
    )
    .addHelpText('after', examples('cryptoutil backup prune --keep-last 7 --keep-days 30'))
    .action(async (options: PlaceOptions & Retention) => {
      const { pruneAction } = await import('../backup/set-actions.js');
      await pruneAction(options);
    });
}

/** Before anything that is measured is loaded. Without OTEL_EXPORTER_OTLP_ENDPOINT nothing is loaded and nothing is sent. */
async function startTelemetry(): Promise<void> {
  process.env.OTEL_SERVICE_NAME ??= 'cryptoutil-backup';
  await import('@cryptoutil/telemetry/preload');
}

function count(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 1 is expected.');
}

function named(text: string, before: Record<string, string>): Record<string, string> {
  const match = /^([a-z]+)=(.+)$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('A name and a folder are expected, as in secrets=/etc/cryptoutil/secrets.');
  if (RESERVED.includes(match[1]!)) throw new InvalidArgumentError(`${match[1]} is the name of a database.`);
  return { ...before, [match[1]!]: match[2]! };
}

const RESERVED = ['authz', 'idp', 'rs', 'kms'];
