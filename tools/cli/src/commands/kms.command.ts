import { Command, Option } from 'commander';
import type { ConnectionOptions } from '../kms-admin/connection.js';
import { examples } from './examples.js';
import { barrierCommand, rekeyCommand, rotateCommand } from './kms-barrier.command.js';
import { kmsConnection } from './kms-connection.js';
import { kmsKeysCommand } from './kms-keys.command.js';
import { kmsOperationCommands } from './kms-operations.command.js';

/** `cryptoutil kms`: runs the key service, and looks after its seal. */
export function kmsCommand(): Command {
  const kms = new Command('kms')
    .description(
      'Run the key service, initialise it, open and close its seal, look after keys and use them. Exit code 2 says that it is sealed.',
    )
    .addCommand(serve())
    .addCommand(init())
    .addCommand(unseal())
    .addCommand(seal())
    .addCommand(status())
    .addCommand(rekeyCommand(kmsConnection))
    .addCommand(rotateCommand(kmsConnection))
    .addCommand(barrierCommand(kmsConnection))
    .addCommand(audit())
    .addCommand(kmsKeysCommand());
  for (const operation of kmsOperationCommands()) kms.addCommand(operation);
  return kms;
}

function serve(): Command {
  return new Command('serve')
    .description('Run the key service in the foreground; its settings come from CRYPTOUTIL_ variables.')
    .addOption(new Option('--exit-with-parent', 'stop when standard input ends').hideHelp())
    .addHelpText(
      'after',
      examples('cryptoutil kms serve', 'CRYPTOUTIL_UNSEAL_SHARE_FILES=/run/s1,/run/s2,/run/s3 cryptoutil kms serve'),
    )
    .action(async (options: { exitWithParent?: boolean }) => {
      const { runService } = await import('../services/run-service.js');
      await runService('kms', options);
    });
}

function init(): Command {
  return kmsConnection(new Command('init'))
    .description(
      'Initialise a new key service, once, and write its unseal shares into a folder (files 0600). Hand them to different people.',
    )
    .requiredOption('--out <folder>', 'folder for the share files; it must not hold shares yet')
    .option('--shares <n>', 'how many shares', Number, 5)
    .option('--threshold <n>', 'how many of them open the seal', Number, 3)
    .addHelpText(
      'after',
      examples('cryptoutil kms init --out ./shares', 'cryptoutil kms init --shares 7 --threshold 4 --out ./shares'),
    )
    .action(async (options: ConnectionOptions & { out: string; shares: number; threshold: number }) => {
      const { initKms } = await import('../kms-admin/kms-actions.js');
      process.exitCode = await initKms(options);
    });
}

function unseal(): Command {
  return kmsConnection(new Command('unseal'))
    .description(
      'Open the seal. Shares are read from files, from standard input (one a line), or asked for without being shown.',
    )
    .option('--share-file <file...>', 'files that hold one share each')
    .option(
      '--acknowledge-rollback',
      'go on although the database is older than the one this key service saw last; see `cryptoutil kms status`',
    )
    .addHelpText(
      'after',
      examples(
        'cryptoutil kms unseal',
        'cryptoutil kms unseal --share-file s1 s2 s3',
        'cat s1 s2 s3 | cryptoutil kms unseal',
        'cryptoutil kms unseal --acknowledge-rollback',
      ),
    )
    .action(async (options: ConnectionOptions & { shareFile?: string[]; acknowledgeRollback?: boolean }) => {
      const { unsealKms } = await import('../kms-admin/kms-actions.js');
      process.exitCode = await unsealKms(options);
    });
}

function seal(): Command {
  return kmsConnection(new Command('seal'))
    .description('Close the seal of this one process at once: it forgets its keys until it is unsealed again.')
    .addHelpText('after', examples('cryptoutil kms seal'))
    .action(async (options: ConnectionOptions) => {
      const { sealKms } = await import('../kms-admin/kms-actions.js');
      process.exitCode = await sealKms(options);
    });
}

function status(): Command {
  return kmsConnection(new Command('status'))
    .description(
      'Say whether the key service is initialised and unsealed: exit 0 when unsealed, 2 when not, 1 when it cannot be asked.',
    )
    .addHelpText(
      'after',
      examples('cryptoutil kms status', 'cryptoutil kms status --url https://kms.example:9090 --ca-file ca.crt'),
    )
    .action(async (options: ConnectionOptions) => {
      const { kmsStatus } = await import('../kms-admin/kms-actions.js');
      process.exitCode = await kmsStatus(options);
    });
}

function audit(): Command {
  const exporting = kmsConnection(new Command('export'))
    .description('Write the whole audit chain and its signed end into a new file.')
    .requiredOption('--out <file>', 'file to write; it must not exist yet')
    .addHelpText('after', examples('cryptoutil kms audit export --out audit.jsonl'))
    .action(async (options: ConnectionOptions & { out: string }) => {
      const { exportAudit } = await import('../kms-admin/audit-actions.js');
      process.exitCode = await exportAudit(options);
    });
  const verifying = new Command('verify')
    .description('Verify an exported audit chain, without asking the key service.')
    .argument('<file>', 'file that was written by `audit export`')
    .option('--thumbprint <thumbprint>', 'SHA-256 thumbprint (RFC 7638) that the signing key must have')
    .addHelpText('after', examples('cryptoutil kms audit verify audit.jsonl'))
    .action(async (file: string, options: { thumbprint?: string }) => {
      const { verifyAudit } = await import('../kms-admin/audit-actions.js');
      process.exitCode = await verifyAudit(file, options);
    });
  return new Command('audit')
    .description('Export and verify the audit chain.')
    .addCommand(exporting)
    .addCommand(verifying);
}
