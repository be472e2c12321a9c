import { Command, Option } from 'commander';
import { examples } from './examples.js';

/** `cryptoutil pki`: the internal authority and the certificates it issues. */
export function pkiCommand(): Command {
  return new Command('pki')
    .description('Look after the internal authority and the certificates of the services.')
    .addCommand(init())
    .addCommand(issue())
    .addCommand(status());
}

const folderOption = (): Option =>
  new Option('--folder <folder>', 'where authority and certificates lie (default: pki in the home)');

function init(): Command {
  return new Command('init')
    .description('Create the internal authority (ECDSA P-256). Keep its key where no service can read it.')
    .addOption(folderOption())
    .option('--days <n>', 'days until it expires', Number, 3650)
    .addHelpText('after', examples('cryptoutil pki init', 'cryptoutil pki init --folder ./pki --days 1825'))
    .action(async (options: { folder?: string; days: number }) => {
      const { initPki } = await import('../trust/pki-actions.js');
      await initPki(options);
    });
}

function issue(): Command {
  return new Command('issue')
    .description('Issue a certificate with the identity spiffe://cryptoutil/<name>, for both ends of TLS.')
    .argument('<name>', 'the identity: authz, idp, rs, kms, ops, …')
    .addOption(folderOption())
    .option('--dns <name...>', 'names of the host', ['localhost'])
    .option('--ip <address...>', 'addresses of the host', ['127.0.0.1', '::1'])
    .option('--days <n>', 'days until it expires', Number, 397)
    .addHelpText(
      'after',
      examples('cryptoutil pki issue ops', 'cryptoutil pki issue kms --dns kms kms.internal --ip 10.0.0.5'),
    )
    .action(async (name: string, options: { folder?: string; dns: string[]; ip: string[]; days: number }) => {
      const { issueIdentity } = await import('../trust/pki-actions.js');
      await issueIdentity(name, options);
    });
}

function status(): Command {
  return new Command('status')
    .description('List the certificates with their identity and the day they expire; exit 1 when one has expired.')
    .addOption(folderOption())
    .addHelpText('after', examples('cryptoutil pki status'))
    .action(async (options: { folder?: string }) => {
      const { pkiStatus } = await import('../trust/pki-actions.js');
      process.exitCode = pkiStatus(options);
    });
}
