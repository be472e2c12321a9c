import { CommandFailure } from '../command-failure.js';
import { connectWith } from '../requests/answers.js';
import { readSuiteFile } from '../suite/suite-file.js';
import { KmsAdmin } from './kms-admin.js';

/** How a person may say which kms is meant, and who they are. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Each value from the option, else from the environment, else from the suite that runs in the home. */
export function resolveConnection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Required<ConnectionOptions> {
  const suite = readSuiteFile();
  const resolved = {
    url: options.url ?? env.CRYPTOUTIL_KMS_URL ?? suite?.urls.kms,
    caFile: options.caFile ?? env.CRYPTOUTIL_TLS_CA_FILE ?? suite?.caFile,
    certFile: options.certFile ?? env.CRYPTOUTIL_TLS_CERT_FILE ?? suite?.clientCerts.ops.certFile,
    keyFile: options.keyFile ?? env.CRYPTOUTIL_TLS_KEY_FILE ?? suite?.clientCerts.ops.keyFile,
  };
  const flags = { url: '--url', caFile: '--ca-file', certFile: '--cert-file', keyFile: '--key-file' } as const;
  for (const [name, flag] of Object.entries(flags)) {
    if (!resolved[name as keyof typeof flags]) {
      throw new CommandFailure(`No suite runs in this home, so say which kms is meant: ${flag} is missing.`);
    }
  }
  return resolved as Required<ConnectionOptions>;
}

/** Runs one piece of work on a connection to the kms as the identity of the certificate. */
export async function withKms<T>(options: ConnectionOptions, work: (kms: KmsAdmin) => Promise<T>): Promise<T> {
  const { url, ...tls } = resolveConnection(options);
  const agent = connectWith(tls);
  try {
    return await work(new KmsAdmin(url, agent));
  } finally {
    await agent.destroy();
  }
}
