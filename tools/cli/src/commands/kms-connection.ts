import type { Command } from 'commander';

/** Options that say which kms is meant, and by which certificate one is known there. */
export function kmsConnection(command: Command): Command {
  return command
    .option('--url <url>', 'the key service (default: CRYPTOUTIL_KMS_URL, else the suite of this home)')
    .option('--ca-file <file>', 'authority to trust (default: CRYPTOUTIL_TLS_CA_FILE, else of the suite)')
    .option(
      '--cert-file <file>',
      'certificate of the identity ops (default: CRYPTOUTIL_TLS_CERT_FILE, else of the suite)',
    )
    .option('--key-file <file>', 'its private key (default: CRYPTOUTIL_TLS_KEY_FILE, else of the suite)');
}
