import type { Agent } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { unsealWith } from '../kms-admin/kms-actions.js';
import { KmsAdmin } from '../kms-admin/kms-admin.js';
import { readShareFiles, shareFile, writeShares } from '../kms-admin/shares.js';
import { waitUntil } from '../processes/wait-until.js';
import { ask, connectWith, problemText } from '../requests/answers.js';
import { SHARES, THRESHOLD } from '../suite/unseal-suite.js';
import { registerResourceServer } from './register-resource-server.js';

/** Where the job of compose.yml finds what it needs. */
export interface BootstrapOptions {
  /** Folder of the share files. */
  readonly shares: string;
  readonly kms: string;
  readonly authz: string;
}

const WAIT = { timeoutMs: 120_000, intervalMs: 500 };

/**
 * What a new deployment needs once, and an old one does not mind: a kms that is initialised (its shares go into the folder) and
 * unsealed, and the resource server's own registration with authz.
 */
export async function bootstrap(options: BootstrapOptions, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { CRYPTOUTIL_TLS_CA_FILE: caFile, CRYPTOUTIL_TLS_CERT_FILE: certFile, CRYPTOUTIL_TLS_KEY_FILE: keyFile } = env;
  const resource = env.CRYPTOUTIL_RS_URL;
  if (!caFile || !certFile || !keyFile || !resource) {
    throw new CommandFailure(
      'CRYPTOUTIL_TLS_CA_FILE, _CERT_FILE and _KEY_FILE (identity ops) and CRYPTOUTIL_RS_URL are needed.',
    );
  }
  const operator = connectWith({ caFile, certFile, keyFile });
  try {
    await openKms(new KmsAdmin(options.kms, operator), operator, options);
    await waitForStatus(operator, `${options.authz}/health`, 200);
    await registerResourceServer(operator, options.authz, resource);
  } finally {
    await operator.destroy();
  }
}

async function openKms(kms: KmsAdmin, operator: Agent, { kms: url, shares: folder }: BootstrapOptions): Promise<void> {
  await waitForStatus(operator, `${url}/admin/v1/livez`, 200);
  const status = await kms.status();
  if (!status.initialized) {
    writeShares(folder, await kms.init({ shares: SHARES, threshold: THRESHOLD }));
    console.log(`The kms is initialised; ${SHARES} shares lie in ${folder}.`);
  } else if (!status.sealed) {
    console.log('The kms is unsealed.');
    return;
  }
  const files = Array.from({ length: THRESHOLD }, (_, index) => shareFile(folder, index + 1));
  await unsealWith(kms, readShareFiles(files));
  console.log('The kms is unsealed.');
}

async function waitForStatus(operator: Agent, url: string, wanted: number): Promise<void> {
  let last = 'no answer';
  const answered = async (): Promise<boolean> => {
    try {
      const answer = await ask(operator, url);
      last = problemText(answer);
      return answer.status === wanted;
    } catch (error) {
      last = (error as Error).message;
      return false;
    }
  };
  if (!(await waitUntil(answered, WAIT)))
    throw new CommandFailure(`${url} did not answer ${wanted} within 2 minutes: ${last}`);
}
