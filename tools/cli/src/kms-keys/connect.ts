import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { resolveConnection, resolvePlace, type ConnectionOptions } from '../kms-admin/connection.js';
import { ask, connectWith, problemText, readOrFail } from '../requests/answers.js';
import { readSuiteFile, type SuiteFile } from '../suite/suite-file.js';
import { readText } from './input-output.js';
import { KeyService } from './key-service.js';

/** Which kms, and who asks. */
export interface KeyOptions extends ConnectionOptions {
  /** File with an access token; `-` is standard input. */
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** As whom one comes without a token: operators administer keys, and use none. */
type Otherwise = 'ops' | 'service';

/**
 * Runs one piece of work with the kms. Who asks: the access token of `--token-file` or CRYPTOUTIL_KMS_TOKEN_FILE; else, to administer keys, the
 * identity of the certificate, and to use keys, the client `service` of the suite that runs in this home.
 */
export async function withKeys<T>(
  options: KeyOptions,
  otherwise: Otherwise,
  work: (keys: KeyService) => Promise<T>,
): Promise<T> {
  const token = await givenToken(options);
  const byCertificate = token === undefined && otherwise === 'ops';
  const { url, ...tls } = byCertificate ? resolveConnection(options) : resolvePlace(options);
  const agent = connectWith(tls);
  try {
    const presented = byCertificate ? undefined : (token ?? (await tokenOfSuite(agent, url)));
    return await work(new KeyService(url, agent, presented));
  } finally {
    await agent.destroy();
  }
}

async function givenToken({ tokenFile = process.env.CRYPTOUTIL_KMS_TOKEN_FILE }: KeyOptions) {
  if (tokenFile === undefined) return undefined;
  const token = (tokenFile === '-' ? await readText(process.stdin) : readOrFail(tokenFile).toString('utf8')).trim();
  if (token === '') throw new CommandFailure(`The token file ${tokenFile} is empty.`);
  return token;
}

async function tokenOfSuite(dispatcher: Dispatcher, url: string): Promise<string> {
  const suite = readSuiteFile();
  const client = suite?.clients['service'];
  if (!suite || suite.urls.kms !== url || client?.client_secret === undefined) {
    throw new CommandFailure('Using a key needs an access token for this kms: --token-file is missing.');
  }
  return clientCredentials(dispatcher, suite, {
    id: client.client_id,
    secret: client.client_secret,
    scope: client.scope,
  });
}

/** A token of the demo client for the kms (RFC 6749 §4.4, RFC 8707). */
async function clientCredentials(
  dispatcher: Dispatcher,
  { issuer, urls }: SuiteFile,
  { id, secret, scope = '' }: { id: string; secret: string; scope: string | undefined },
): Promise<string> {
  const metadata = await ask<{ token_endpoint?: string }>(dispatcher, `${issuer}/.well-known/openid-configuration`);
  const endpoint = metadata.body?.token_endpoint;
  if (endpoint === undefined) throw new CommandFailure(`The issuer names no token endpoint: ${problemText(metadata)}`);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    resource: urls.kms,
    scope: scope
      .split(' ')
      .filter((one) => one.startsWith('kms:'))
      .join(' '),
  });
  const answer = await ask<{ access_token?: string }>(dispatcher, endpoint, {
    method: 'POST',
    form,
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
  });
  if (answer.status === 200 && answer.body?.access_token) return answer.body.access_token;
  throw new CommandFailure(`The issuer gave no token to the client ${id}: ${problemText(answer)}`);
}
