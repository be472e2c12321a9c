import { Command, Option } from 'commander';
import type { RotateCaOptions } from '../trust/rotate-ca-action.js';
import { examples } from './examples.js';

/** `cryptoutil pki`: the internal authority and the certificates it issues. */
export function pkiCommand(): Command {
  return new Command('pki')
    .description('Look after the internal authority and the certificates of the services.')
    .addCommand(init())
    .addCommand(issue())
    .addCommand(renew())
    .addCommand(rotateCa())
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

function renew(): Command {
  return new Command('renew')
    .description(
      'Give certificates a new key and a new end, with the same names; running services follow by themselves.',
    )
    .argument('[names...]', 'the identities; all when none is named')
    .addOption(folderOption())
    .option('--days <n>', 'days until they expire', Number, 397)
    .option('--within <n>', 'only those that expire in fewer days', Number)
    .addHelpText(
      'after',
      examples(
        'cryptoutil pki renew',
        'cryptoutil pki renew authz --days 90',
        'cryptoutil pki renew --within 30 --folder deployments/compose/pki',
      ),
    )
    .action(async (names: string[], options: { folder?: string; days: number; within?: number }) => {
      const { renewCertificates } = await import('../trust/pki-actions.js');
      await renewCertificates(names, options);
    });
}

function rotateCa(): Command {
  return new Command('rotate-ca')
    .description(
      'Replace the internal authority by overlap, one step a call: the new one is trusted beside the old; it issues every certificate; the old one is trusted no more. Exit 1 when the next step is not safe yet.',
    )
    .addOption(folderOption())
    .option('--begin', 'run the first step')
    .option('--wait', 'run the steps that follow too, each as soon as it is safe')
    .option('--settle <duration>', 'first step: time for services and clients to trust the new authority', '10m')
    .option('--overlap <duration>', 'first step: time the old authority stays trusted after it has been replaced', '7d')
    .option('--days <n>', 'first step: days the new authority lives', Number, 3650)
    .addHelpText(
      'after',
      examples(
        'cryptoutil pki rotate-ca --begin --settle 24h --overlap 7d',
        'cryptoutil pki rotate-ca',
        'cryptoutil pki rotate-ca --begin --settle 5m --overlap 10m --wait --folder deployments/compose/pki',
      ),
    )
    .action(async (options: RotateCaOptions) => {
      const { rotateCa: rotate } = await import('../trust/rotate-ca-action.js');
      await rotate(options);
    });
}

function status(): Command {
  return new Command('status')
    .description(
      'List the certificates with their identity and the day they expire, and the rotation that is under way; exit 1 when one has expired, or expires within the days.',
    )
    .addOption(folderOption())
    .option('--within <n>', 'exit 1 as well when one expires in fewer days', Number, 0)
    .option('--json', 'as JSON, for programs')
    .addHelpText('after', examples('cryptoutil pki status', 'cryptoutil pki status --json --within 30'))
    .action(async (options: { folder?: string; within: number; json?: boolean }) => {
      const { pkiStatus } = await import('../trust/pki-actions.js');
      process.exitCode = pkiStatus(options);
    });
}
