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

/** Which kms, and the authority that it is known by. */
export type Place = Required<Pick<ConnectionOptions, 'url' | 'caFile'>>;

/** Each value from the option, else from the environment, else from the suite that runs in the home. */
export function resolveConnection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Required<ConnectionOptions> {
  return resolve(options, { url: '--url', caFile: '--ca-file', certFile: '--cert-file', keyFile: '--key-file' }, env);
}

/** The same for whoever comes with an access token and needs no certificate. */
export const resolvePlace = (options: ConnectionOptions, env: NodeJS.ProcessEnv = process.env): Place =>
  resolve(options, { url: '--url', caFile: '--ca-file' }, env);

function resolve<Name extends keyof ConnectionOptions>(
  options: ConnectionOptions,
  flags: Record<Name, string>,
  env: NodeJS.ProcessEnv,
): Required<Pick<ConnectionOptions, Name>> {
  const suite = readSuiteFile();
  const resolved = {
    url: options.url ?? env.CRYPTOUTIL_KMS_URL ?? suite?.urls.kms,
    caFile: options.caFile ?? env.CRYPTOUTIL_TLS_CA_FILE ?? suite?.caFile,
    certFile: options.certFile ?? env.CRYPTOUTIL_TLS_CERT_FILE ?? suite?.clientCerts.ops.certFile,
    keyFile: options.keyFile ?? env.CRYPTOUTIL_TLS_KEY_FILE ?? suite?.clientCerts.ops.keyFile,
  };
  const named = (Object.entries(flags) as [Name, string][]).map(([name, flag]) => {
    if (!resolved[name])
      throw new CommandFailure(`No suite runs in this home, so say which kms is meant: ${flag} is missing.`);
    return [name, resolved[name]];
  });
  return Object.fromEntries(named) as Required<Pick<ConnectionOptions, Name>>;
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
