import { Argument, Command } from 'commander';
import { examples } from './examples.js';
import { asking, authorized } from './kms-keys.command.js';

const actions = () => import('../kms-keys/operation-actions.js');
const batches = () => import('../kms-keys/batch-action.js');

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
    bound(keyed('generate', 'Make a key for use elsewhere: its private JWK encrypted out, the public one into a file.'))
      .requiredOption('--kind <name>', 'for instance oct-256, P-256, RSA-3072, Ed25519, X25519, ML-DSA-65, ML-KEM-768')
      .option('--public-out <file>', 'file for the public JWK')
      .addHelpText(
        'after',
        examples('cryptoutil kms generate invoices --kind Ed25519 --public-out device.jwk > device.jwe'),
      )
      .action(async (key: string, options: { kind: string }) => (await actions()).generate(key, options)),
    keyed('derive', 'Derive bytes from an HMAC key (HKDF), the same for the same input; as base64url.')
      .requiredOption('--info <text>', 'what the derived key is for')
      .option('--salt <text>', 'salt')
      .option('--bytes <n>', '16 to 64 (default: 32)')
      .option('--kid <kid>', 'version that derived it before (default: the current one)')
      .addHelpText('after', examples('cryptoutil kms derive webhook-mac --info customer-17 --out customer-17.key'))
      .action(async (key: string, options: { info: string }) => (await actions()).derive(key, options)),
    batch(),
    asking(new Command('random'))
      .description('Random bytes of the key service, as base64url.')
      .option('--bytes <n>', '1 to 1024', '32')
      .option('--out <file>', 'file for the result (default: standard output)')
      .addHelpText('after', examples('cryptoutil kms random --bytes 16'))
      .action(async (options: { bytes: string }) => (await actions()).random(options)),
  ];
}

function batch(): Command {
  const operations = [
    'encrypt',
    'decrypt',
    'rewrap',
    'sign',
    'verify',
    'mac',
    'mac-verify',
    'generate',
    'data-key',
    'derive',
  ];
  return authorized(new Command('batch'))
    .description(
      'Do one operation for each line of a file (NDJSON): a line in is the body of the operation with a "reference" of yours, a line out its result or its error, in the same order.',
    )
    .addArgument(new Argument('<operation>', 'what to do with each line').choices(operations))
    .addArgument(new Argument('<key>', 'id, name or alias:<alias>'))
    .option('--in <file>', 'file to work on (default: standard input)')
    .option('--out <file>', 'file for the results (default: standard output)')
    .addHelpText(
      'after',
      examples(
        'cryptoutil kms batch encrypt invoices --in bills.ndjson --out sealed.ndjson',
        `echo '{"reference":"17","plaintext":"aGVsbG8"}' | cryptoutil kms batch encrypt invoices`,
      ),
    )
    .addHelpText(
      'after',
      'Bytes are base64url. Exit code 0: every line was done. 1: some were refused, their lines say why. 2: the key service is sealed.\n',
    )
    .action(async (operation: string, key: string, options: object) =>
      (await batches()).batch(operation, key, options),
    );
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
