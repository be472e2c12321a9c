// Load on Auth Service v1.0: a client that gets tokens on new connections and has them validated on kept ones, the newest and the first it got.
import { fetch } from 'undici';
import { AuthServiceAdmin } from '../cli/dist/auth-service/auth-service-admin.js';

const client = { client_id: 'load', client_secret: 'load-test-secret-load-test-secret-load' };
const endpoint = { url: 'https://load.example/a', scope: 'read:load' };
const BASE = '/auth-server/v1/oauth';

/** Registers what the load needs; `operator` shows the certificate of the identity ops. */
export async function registerGateway(authz, operator) {
  const admin = new AuthServiceAdmin(authz, operator);
  await admin.putClient({ ...client, access_token_ttl: 86_400, allowed_scopes: [endpoint.scope] });
  await admin.putEndpoint(endpoint);
}

const kidOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).kid;

async function answered(what, request) {
  const answer = await request;
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** One turn after the other while `going()`. `saw(kid, isOlder)` is told by which secret each validated token was signed. */
export async function gatewayTurns(url, { kept, fresh, going, saw }) {
  const issue = () =>
    answered(
      'a token of the Auth Service',
      fetch(`${url}${BASE}/token`, {
        ...{ method: 'POST', dispatcher: fresh, headers: { 'content-type': 'application/json' } },
        body: JSON.stringify({ grant_type: 'client_credentials', ...client }),
      }),
    );
  const validate = (what, token) =>
    answered(
      what,
      fetch(`${url}${BASE}/validate`, {
        ...{ method: 'POST', dispatcher: kept },
        headers: { authorization: `Bearer ${token}`, 'x-original-url': endpoint.url, 'x-original-method': 'GET' },
      }),
    );
  const { access_token: first } = await issue();
  const firstKid = kidOf(first);
  while (going()) {
    const { access_token: newest } = await issue();
    const kid = kidOf(newest);
    for (let call = 0; call < 10 && going(); call += 1) {
      await validate('the newest token', newest);
      saw(kid, false);
      await validate('the first token', first);
      saw(firstKid, firstKid !== kid);
    }
  }
}
