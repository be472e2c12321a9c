import { base64url } from '@cryptoutil/crypto';
import {
  accessTokenClaims,
  checkNotSenderConstrained,
  checkTimes,
  required,
  text,
  time,
  type AccessTokenClaims,
} from './access-token-claims.js';
import { InvalidToken } from './errors.js';
import { verifySignature } from './signature.js';
import { accessTokenAlgorithms, fitsAlgorithm, type AccessTokenAlgorithm, type SigningKey } from './signing-keys.js';

export interface JwtAccessTokenOptions {
  issuer: string;
  audience: string;
  /** The issuer's public key of that `kid`, undefined when it publishes none. */
  findKey: (kid: string) => Promise<SigningKey | undefined>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Header members by which a token would choose its own key or change how it is read; a token that has one is refused (RFC 8725 §3.10). */
const refusedMembers = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'enc'];
const accessTokenTypes = ['at+jwt', 'application/at+jwt'];

interface AccessTokenHeader {
  alg: AccessTokenAlgorithm;
  kid: string;
}

function protectedHeader(token: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(base64url.decode(token.slice(0, token.indexOf('.'))).toString('utf8'));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch {
    // Not base64url or not JSON: the same refusal as for any other text that is no header.
  }
  throw new InvalidToken('malformed', 'no JOSE header');
}

function checkedHeader(token: string): AccessTokenHeader {
  const header = protectedHeader(token);
  const refused = refusedMembers.find((member) => member in header);
  if (refused) throw new InvalidToken('header', `header member ${refused}`);
  const { alg, kid, typ } = header;
  if (!(accessTokenAlgorithms as readonly unknown[]).includes(alg)) throw new InvalidToken('algorithm');
  if (typeof typ !== 'string' || !accessTokenTypes.includes(typ.toLowerCase())) throw new InvalidToken('type');
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 256)
    throw new InvalidToken('header', 'no usable kid');
  return { alg: alg as AccessTokenAlgorithm, kid };
}

/**
 * Verifies a JWT access token as RFC 9068 §4 has it. The key is one the issuer publishes under the token's `kid` and for its `alg`;
 * nothing else of the header is used.
 *
 * @throws InvalidToken; AuthorizationServerUnavailable from `findKey`
 */
export async function verifyJwtAccessToken(token: string, options: JwtAccessTokenOptions): Promise<AccessTokenClaims> {
  const { issuer, audience, findKey, now } = options;
  const { alg, kid } = checkedHeader(token);
  const key = await findKey(kid);
  if (!key) throw new InvalidToken('unknown_key');
  if (!fitsAlgorithm(key, alg)) throw new InvalidToken('algorithm', 'the key is for another algorithm');
  return checkedClaims(await signedClaims(token, key, alg), { issuer, audience, now });
}

async function signedClaims(
  token: string,
  key: SigningKey,
  alg: AccessTokenAlgorithm,
): Promise<Record<string, unknown>> {
  const [header = '', payload = '', signature = ''] = token.split('.');
  try {
    const signed = Buffer.from(`${header}.${payload}`);
    const valid = await verifySignature(key, alg, signed, base64url.decode(signature));
    const claims: unknown = valid ? JSON.parse(base64url.decode(payload).toString('utf8')) : undefined;
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims))
      return claims as Record<string, unknown>;
  } catch (cause) {
    throw new InvalidToken('signature', cause instanceof Error ? cause.message : String(cause));
  }
  throw new InvalidToken('signature');
}

type Expected = Pick<JwtAccessTokenOptions, 'issuer' | 'audience' | 'now'>;

/** RFC 9068 §2.2 makes iss, exp, aud, sub, client_id, iat and jti mandatory. */
function checkedClaims(claims: Record<string, unknown>, { issuer, audience, now }: Expected): AccessTokenClaims {
  if (text(claims, 'iss') !== issuer) throw new InvalidToken('issuer');
  checkTimes(claims, now() / 1_000);
  required(text(claims, 'sub'), 'sub');
  required(text(claims, 'jti'), 'jti');
  required(time(claims, 'iat'), 'iat');
  const verified = accessTokenClaims(claims, issuer, 'jwt');
  if (!verified.aud.includes(audience)) throw new InvalidToken('audience');
  checkNotSenderConstrained(claims);
  return verified;
}
