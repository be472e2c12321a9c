import type { IncomingMessage } from 'node:http';
import type { QuestionGate } from '@cryptoutil/oauth';
import { peerIdentity } from '@cryptoutil/pki';
import { Problem } from '../problem/problem.js';
import type { Access } from './declarations.js';
import type { Principal } from './principal.js';
import { clientCertificateRequired, identityNotAllowed, insufficientScope, presentedToken } from './refusals.js';
import type { TokenVerifier } from './token-verifier.js';

/**
 * Who asks, if the declared access lets them in; everybody else is refused, and so is everything that nobody declared. `known` hears of a good
 * token before its scope is judged: who was turned away is told by the log and by audit trails. Errors: `Problem`, those of the verifier.
 */
export async function admit(
  access: Access | undefined,
  request: IncomingMessage,
  verifier: TokenVerifier | undefined,
  gate: QuestionGate,
  known: (principal: Principal) => void,
): Promise<void> {
  switch (access?.kind) {
    case 'public':
      return;
    case 'identity':
      return known(byIdentity(request, access.identities));
    case 'token':
      return byToken(request, verifier, gate, known);
    case 'scope':
      return byToken(request, verifier, gate, known, access.scopes);
    case 'scope-or-identity':
      // A token decides as soon as one is presented: a service acting for a user must not act with its own rights.
      return request.headers.authorization === undefined && peerIdentity(request.socket) !== undefined
        ? known(byIdentity(request, access.identities))
        : byToken(request, verifier, gate, known, access.scopes);
    case undefined:
      throw new Problem({ status: 403, code: 'forbidden', detail: 'Nobody may call this.' });
  }
}

function byIdentity(request: IncomingMessage, identities: readonly string[]): Principal {
  const identity = peerIdentity(request.socket);
  if (identity === undefined) throw clientCertificateRequired();
  if (!identities.includes(identity)) throw identityNotAllowed();
  return { identity };
}

async function byToken(
  request: IncomingMessage,
  verifier: TokenVerifier | undefined,
  gate: QuestionGate,
  known: (principal: Principal) => void,
  scopes?: readonly string[],
): Promise<void> {
  const presented = presentedToken(request, scopes ?? []);
  if (!verifier) throw new Error('A route requires a scope, but AccessModule was given no verifier.');
  const token = await verifier.verify(presented, gate, request);
  known({ token });
  if (scopes && !scopes.some((scope) => token.scope.has(scope))) throw insufficientScope(scopes);
}
