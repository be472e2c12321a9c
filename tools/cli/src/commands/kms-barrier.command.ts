import { Argument, Command, Option } from 'commander';
import { CommandFailure } from '../command-failure.js';
import type { ConnectionOptions } from '../kms-admin/connection.js';
import type { RekeyOptions } from '../kms-admin/rekey-actions.js';
import { examples } from './examples.js';

/** Adds the options that say which kms is meant. */
type Connected = (command: Command) => Command;

const shareFiles = () => new Option('--share-file <file...>', 'files that hold one share in use each');
const outFolder = () => new Option('--out <folder>', 'folder for the new share files; it must not hold shares yet');
const byPrompt = () =>
  new Option('--verify-by-prompt', 'holders enter the new shares again, instead of the files being read back');

/** `cryptoutil kms rekey`: new shares by a quorum of the old ones. */
export function rekeyCommand(connection: Connected): Command {
  return connection(new Command('rekey'))
    .description(
      'Hand out new unseal shares, for a new root key. A quorum of the shares in use is read from files, from standard input, or asked for without being shown; the new ones are written into files (0600) and entered again, and only then the old ones are worthless.',
    )
    .addOption(outFolder())
    .option('--shares <n>', 'how many new shares (default: as many as there are)', Number)
    .option('--threshold <n>', 'how many of them open the seal (default: as many as do now)', Number)
    .addOption(shareFiles())
    .addOption(byPrompt())
    .addOption(new Option('--status', 'say where an open round stands').conflicts(['cancel', 'out']))
    .addOption(new Option('--cancel', 'end an open round; the shares in use stay').conflicts(['status', 'out']))
    .addHelpText(
      'after',
      examples(
        'cryptoutil kms rekey --out ./new-shares',
        'cryptoutil kms rekey --shares 7 --threshold 4 --share-file s1 s2 s3 --out ./new-shares',
        'cryptoutil kms rekey --cancel',
      ),
    )
    .action(async (options: Omit<RekeyOptions, 'out'> & { out?: string; status?: true; cancel?: true }) => {
      const actions = await import('../kms-admin/rekey-actions.js');
      const { out, status, cancel, ...rest } = options;
      if (status) process.exitCode = await actions.rekeyStatus(rest);
      else if (cancel) process.exitCode = await actions.cancelRekey(rest);
      else process.exitCode = await actions.rekeyKms({ ...rest, out: required(out) });
    });
}

/** `cryptoutil kms rotate`: a new root, intermediate or content key. */
export function rotateCommand(connection: Connected): Command {
  return connection(new Command('rotate'))
    .description(
      'Rotate a key of the barrier. root: new shares, as `kms rekey` with the counts in use. intermediate: by a quorum of the shares. content: at once; rows are sealed anew in the background.',
    )
    .addArgument(new Argument('<key>', 'which key').choices(['root', 'intermediate', 'content']))
    .addOption(outFolder())
    .addOption(shareFiles())
    .addOption(byPrompt())
    .option('--wait', 'content: go on until every row is sealed anew')
    .addHelpText(
      'after',
      examples(
        'cryptoutil kms rotate content --wait',
        'cryptoutil kms rotate intermediate --share-file s1 s2 s3',
        'cryptoutil kms rotate root --out ./new-shares',
      ),
    )
    .action(async (key: string, options: Omit<RekeyOptions, 'out'> & { out?: string; wait?: boolean }) => {
      if (key === 'content') {
        const { rotateContent } = await import('../kms-admin/barrier-actions.js');
        process.exitCode = await rotateContent(options);
        return;
      }
      const actions = await import('../kms-admin/rekey-actions.js');
      process.exitCode =
        key === 'intermediate'
          ? await actions.rotateIntermediate(options)
          : await actions.rotateRoot({ ...options, out: required(options.out) });
    });
}

/** `cryptoutil kms barrier`: where its keys stand. */
export function barrierCommand(connection: Connected): Command {
  return connection(new Command('barrier'))
    .description('Say which share set, root, intermediate and content key are in use, and how far sealing anew is.')
    .addHelpText('after', examples('cryptoutil kms barrier'))
    .action(async (options: ConnectionOptions) => {
      const { barrierStatus } = await import('../kms-admin/barrier-actions.js');
      process.exitCode = await barrierStatus(options);
    });
}

function required(out: string | undefined): string {
  if (out === undefined) throw new CommandFailure('Say where the new shares go: --out <folder> is missing.');
  return out;
}
