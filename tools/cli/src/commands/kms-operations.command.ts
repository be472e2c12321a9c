import { Argument, Command } from 'commander';
import { examples } from './examples.js';
import { asking } from './kms-keys.command.js';

const actions = () => import('../kms-keys/operation-actions.js');

/** What is done with a key: `cryptoutil kms encrypt`, `decrypt`, `sign`, … From standard input or a file to standard output or a file. */
export function kmsOperationCommands(): Command[] {
  return [
    bound(operation('encrypt', 'Encrypt: bytes in, a compact JWE out.'))
      .addHelpText(
        'after',
        examples(
          'cryptoutil kms encrypt invoices < bill.pdf > bill.jwe',
          'cryptoutil kms encrypt invoices --in bill.pdf --context 2026/17',
        ),
      )
      .action(async (key: string, options: object) => void (await (await actions()).encrypt(key, options))),
    bound(operation('decrypt', 'Decrypt: a compact JWE in, bytes out.'))
      .addHelpText('after', examples('cryptoutil kms decrypt invoices < bill.jwe > bill.pdf'))
      .action(async (key: string, options: object) => void (await (await actions()).decrypt(key, options))),
    bound(operation('rewrap', 'Encrypt a message anew with the current version; the plaintext stays in the kms.'))
      .addHelpText('after', examples('cryptoutil kms rewrap invoices < bill.jwe > new.jwe'))
      .action(async (key: string, options: object) => void (await (await actions()).rewrap(key, options))),
    operation('sign', 'Sign: bytes in, a compact JWS out.')
      .addHelpText('after', examples('cryptoutil kms sign release-signing < release.json > release.jws'))
      .action(async (key: string, options: object) => void (await (await actions()).sign(key, options))),
    operation('verify', 'Verify a compact JWS: its payload out, and exit 1 when it is not genuine.')
      .addHelpText('after', examples('cryptoutil kms verify release-signing < release.jws'))
      .action(async (key: string, options: object) => (await actions()).verify(key, options)),
    operation('mac', 'Compute an HMAC: bytes in, <kid>.<mac> out.')
      .addHelpText('after', examples('cryptoutil kms mac webhook-mac < body.json'))
      .action(async (key: string, options: object) => void (await (await actions()).mac(key, options))),
    operation('mac-verify', 'Verify an HMAC; exit 1 when it is not genuine.')
      .requiredOption('--mac <kid.mac>', 'as "mac" wrote it')
      .addHelpText('after', examples('cryptoutil kms mac-verify webhook-mac --mac "$(cat body.mac)" < body.json'))
      .action(async (key: string, options: { mac: string }) => (await actions()).macVerify(key, options)),
    bound(keyed('data-key', 'Make a data key: its encrypted form out, the plain one only into a file that you name.'))
      .option('--bytes <n>', '16 to 64 (default: 32)')
      .option('--plaintext-out <file>', 'file for the plain key (0600)')
      .addHelpText('after', examples('cryptoutil kms data-key invoices --plaintext-out data.key > data.jwe'))
      .action(async (key: string, options: object) => (await actions()).dataKey(key, options)),
    asking(new Command('random'))
      .description('Random bytes of the key service, as base64url.')
      .option('--bytes <n>', '1 to 1024', '32')
      .option('--out <file>', 'file for the result (default: standard output)')
      .addHelpText('after', examples('cryptoutil kms random --bytes 16'))
      .action(async (options: { bytes: string }) => (await actions()).random(options)),
  ];
}

function keyed(name: string, description: string): Command {
  return asking(new Command(name).description(description))
    .addArgument(new Argument('<key>', 'id, name or alias:<alias>'))
    .option('--out <file>', 'file for the result (default: standard output)');
}

const operation = (name: string, description: string): Command =>
  keyed(name, description).option('--in <file>', 'file to work on (default: standard input)');

const bound = (command: Command): Command =>
  command.option('--context <text>', 'bound to the message: decrypting needs the same');
