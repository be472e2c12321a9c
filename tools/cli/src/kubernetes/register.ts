import { registerResourceServer } from '../deploy/register-resource-server.js';
import { connectWith } from '../requests/answers.js';

export interface RegisterOptions {
  /** authz, as it is reached from here. */
  readonly url: string;
  readonly rsUrl: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** What `cryptoutil kubernetes register` does: the resource server's own registration, by the identity ops. */
export async function registerInCluster({ url, rsUrl, ...trust }: RegisterOptions): Promise<void> {
  const operator = connectWith(trust);
  try {
    await registerResourceServer(operator, url.replace(/\/$/, ''), rsUrl);
  } finally {
    await operator.destroy();
  }
}
