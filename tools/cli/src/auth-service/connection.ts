import { CommandFailure } from '../command-failure.js';
import { connectWith } from '../requests/answers.js';
import { readSuiteFile } from '../suite/suite-file.js';
import { AuthServiceAdmin } from './auth-service-admin.js';

/** How a person may say which authz is meant, and who they are. */
export interface AdminConnection {
  readonly url?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Runs one piece of work on the admin API. Each value comes from the option, else the environment, else the suite of the home. */
export async function withAuthService<T>(
  options: AdminConnection,
  work: (admin: AuthServiceAdmin) => Promise<T>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<T> {
  const suite = readSuiteFile();
  const value = (name: string, ...found: (string | undefined)[]): string => {
    const first = found.find((each) => each !== undefined);
    if (first !== undefined) return first;
    throw new CommandFailure(`No suite runs in this home, so say which authz is meant: --${name} is missing.`);
  };
  const url = value('url', options.url, env.CRYPTOUTIL_ISSUER, suite?.urls.authz);
  const caFile = value('ca-file', options.caFile, env.CRYPTOUTIL_TLS_CA_FILE, suite?.caFile);
  const certFile = value('cert-file', options.certFile, env.CRYPTOUTIL_TLS_CERT_FILE, suite?.clientCerts.ops.certFile);
  const keyFile = value('key-file', options.keyFile, env.CRYPTOUTIL_TLS_KEY_FILE, suite?.clientCerts.ops.keyFile);
  const agent = connectWith({ caFile, certFile, keyFile });
  try {
    return await work(new AuthServiceAdmin(url.replace(/\/$/, ''), agent));
  } finally {
    await agent.destroy();
  }
}
