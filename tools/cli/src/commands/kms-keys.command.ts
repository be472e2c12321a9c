import { Argument, Command, Option } from 'commander';
import type { GrantOptions } from '../kms-keys/grant-actions.js';
import { examples } from './examples.js';
import { kmsConnection } from './kms-connection.js';

const actions = () => import('../kms-keys/key-actions.js');
const grants = () => import('../kms-keys/grant-actions.js');

/** `cryptoutil kms keys`: makes keys and looks after them. */
export function kmsKeysCommand(): Command {
  return new Command('keys')
    .description(
      'Make keys, find them, change them, and say who may use them. A key is named by its id, its name or alias:<alias>.',
    )
    .addCommand(list())
    .addCommand(
      described(keyed('create', 'Make a key with its first version.', 'name'))
        .option('--algorithm <name>', 'for instance A256KW+A256GCM (default), ES256, HS256, ML-DSA-65')
        .addHelpText(
          'after',
          examples(
            'cryptoutil kms keys create invoices',
            'cryptoutil kms keys create release-signing --algorithm ES256 --rotate-every 7776000',
          ),
        )
        .action(async (name: string, options: object) => (await actions()).createKey(name, options)),
    )
    .addCommand(
      keyed('show', 'Show a key.')
        .addHelpText(
          'after',
          examples('cryptoutil kms keys show invoices', 'cryptoutil kms keys show alias:current --json'),
        )
        .action(async (key: string, options: object) => (await actions()).showKey(key, options)),
    )
    .addCommand(
      described(keyed('update', 'Change the description, the access or the policy of a key.'))
        .addHelpText('after', examples('cryptoutil kms keys update invoices --access grants'))
        .action(async (key: string, options: object) => (await actions()).updateKey(key, options)),
    )
    .addCommand(step('rotate', 'Make a new version and use it from now on; older ones go on decrypting and verifying.'))
    .addCommand(step('enable', 'Let a key be used again.'))
    .addCommand(step('disable', 'Refuse every use of a key, until it is enabled.'))
    .addCommand(remove())
    .addCommand(step('restore', 'Take a deletion back while it is pending. The key is disabled then.'))
    .addCommand(versions())
    .addCommand(alias())
    .addCommand(grant())
    .addCommand(
      keyed('grants', 'List the grants of a key.')
        .addHelpText('after', examples('cryptoutil kms keys grants invoices'))
        .action(async (key: string, options: object) => (await grants()).listGrants(key, options)),
    )
    .addCommand(
      keyed('revoke-grant', 'Take a grant back; it is worth nothing from then on.')
        .addArgument(new Argument('<grant>', 'id of the grant'))
        .addHelpText(
          'after',
          examples('cryptoutil kms keys revoke-grant invoices 0198c000-0000-7000-8000-000000000000'),
        )
        .action(async (key: string, id: string, options: object) => (await grants()).revokeGrant(key, id, options)),
    );
}

/** A command about one key, with the options all of them have. */
function keyed(name: string, description: string, argument = 'key'): Command {
  const what = argument === 'key' ? 'id, name or alias:<alias>' : 'unique in the tenant, for good';
  return asking(new Command(name).description(description)).addArgument(new Argument(`<${argument}>`, what));
}

/** Options of who asks. */
export const authorized = (command: Command): Command =>
  kmsConnection(command).option(
    '--token-file <file>',
    'access token to ask with, - for standard input (default: CRYPTOUTIL_KMS_TOKEN_FILE)',
  );

/** Options of who asks and how the answer is shown. */
export const asking = (command: Command): Command => authorized(command).option('--json', 'show the answer as JSON');

function described(command: Command): Command {
  return command
    .option('--description <text>', 'what the key is for')
    .addOption(new Option('--access <who>', 'who may use it').choices(['tenant', 'grants']))
    .option('--rotate-every <seconds>', 'age of the current version at which the next one is made')
    .option('--expire-after <seconds>', 'age at which a version only decrypts and verifies');
}

function list(): Command {
  return asking(new Command('list'))
    .description('List keys.')
    .option('--name <name...>', 'only keys of these names')
    .option('--algorithm <name...>', 'only keys of these algorithms')
    .option('--status <status...>', 'only enabled, disabled, pending_deletion or destroyed keys')
    .addOption(new Option('--sort <order>', 'order').choices(['created_at', '-created_at', 'name', '-name']))
    .option('--limit <n>', 'at most as many')
    .addHelpText(
      'after',
      examples('cryptoutil kms keys list', 'cryptoutil kms keys list --status enabled --sort name --json'),
    )
    .action(async (options: object) => (await actions()).listKeys(options));
}

function step(name: 'rotate' | 'enable' | 'disable' | 'restore', description: string): Command {
  return keyed(name, description)
    .addHelpText('after', examples(`cryptoutil kms keys ${name} invoices`))
    .action(async (key: string, options: object) => (await actions()).changeKey(name)(key, options));
}

function remove(): Command {
  return keyed(
    'delete',
    'Refuse every use of a key at once, and destroy it after some days; "restore" takes that back.',
  )
    .option('--days <n>', '7 to 30 (default: 30)')
    .addHelpText('after', examples('cryptoutil kms keys delete invoices --days 7'))
    .action(async (key: string, options: object) => (await actions()).deleteKey(key, options));
}

function versions(): Command {
  const changed = (name: 'enable' | 'disable' | 'revoke', description: string) =>
    keyed(`${name}-version`, description)
      .addArgument(new Argument('<version>', 'number of the version'))
      .addHelpText('after', examples(`cryptoutil kms keys versions ${name}-version invoices 1`))
      .action(async (key: string, version: string, options: object) =>
        (await actions()).changeVersion(name)(key, version, options),
      );
  return new Command('versions')
    .description('See the versions of a key, and change one of them.')
    .addCommand(
      keyed('list', 'List the versions of a key, newest first.')
        .addHelpText('after', examples('cryptoutil kms keys versions list invoices'))
        .action(async (key: string, options: object) => (await actions()).listVersions(key, options)),
    )
    .addCommand(changed('enable', 'Let a version be used again.'))
    .addCommand(changed('disable', 'Suspend a version.'))
    .addCommand(changed('revoke', 'Refuse a version for good: it may have been seen by others.'));
}

function alias(): Command {
  return keyed('alias', 'Point an alias at a key, away from another one if need be.')
    .addArgument(new Argument('<alias>', '1 to 63 of a-z, 0-9, dot, dash and underscore'))
    .addHelpText('after', examples('cryptoutil kms keys alias invoices current-invoices'))
    .action(async (key: string, name: string, options: object) => (await actions()).assignAlias(key, name, options));
}

function grant(): Command {
  return keyed('grant', 'Let somebody use a key whose access is by grants.')
    .option('--subject <sub>', 'sub that the access token must have')
    .option('--client <id>', 'client_id that the access token must have')
    .requiredOption(
      '--operation <name...>',
      'read, manage, encrypt, decrypt, rewrap, generate, data-key, sign, verify, mac, mac-verify, derive',
    )
    .option('--context <text>', 'only with this context')
    .option('--context-prefix <text>', 'only with contexts that begin so')
    .option('--expires <time>', 'end, as 2027-01-31T00:00:00Z')
    .addHelpText(
      'after',
      examples(
        'cryptoutil kms keys grant invoices --client billing --operation encrypt decrypt',
        'cryptoutil kms keys grant invoices --subject alice --operation decrypt --context-prefix 2026/ --expires 2027-01-31T00:00:00Z',
      ),
    )
    .action(async (key: string, options: GrantOptions) => (await grants()).grantKey(key, options));
}
