import type { Dispatcher } from 'undici';
import { CommandFailure } from '../command-failure.js';
import { ask, problemText } from '../requests/answers.js';

/**
 * Makes authz know the resource server, which asks about opaque tokens with its certificate (RFC 7662, RFC 8705 §2.1). Does not mind when it
 * does already. `resource`: the public URL of rs. Throws a `CommandFailure` that says why authz refuses.
 */
export async function registerResourceServer(operator: Dispatcher, authz: string, resource: string): Promise<void> {
  const answer = await ask(operator, `${authz}/admin/v1/clients/rs`, {
    method: 'PUT',
    body: {
      client_name: 'Resource server',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_uri: 'spiffe://cryptoutil/rs',
      resource_indicator: resource,
    },
  });
  if (answer.status > 299) throw new CommandFailure(`The resource server was not registered: ${problemText(answer)}`);
  console.log('The resource server is registered with authz.');
}
