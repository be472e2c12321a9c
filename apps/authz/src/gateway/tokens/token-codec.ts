import { hmacSha256, hmacSha256Matches, uuid } from '@cryptoutil/crypto';
import type { JwtSecret, JwtSecrets } from './jwt-secrets.js';

/** N: for any number of calls until it expires; O: for one. */
export type TokenType = 'N' | 'O';

/** What a token says, after its signature, time, issuer and audience were checked. */
export interface TokenClaims {
  readonly clientId: string;
  /** The registration of the client that it was issued to; absent in tokens of versions that did not say. */
  readonly clientSince?: number | undefined;
  /** 32 lower-case hexadecimal digits. */
  readonly tokenId: string;
  readonly type: TokenType;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

const ISSUER = 'auth-server';
/** Replicas' clocks differ a little; a token of one must work at the other at once. */
const CLOCK_SKEW_SECONDS = 10;
const MAXIMUM_LENGTH = 16_384;
/** Gateways ask about the same tokens again and again. */
const REMEMBERED_AT_MOST = 10_000;
/** A power of two. */
const MET_SLOTS = 16_384;
const TOKEN_ID = /^[0-9a-f]{32}$/;

interface Payload {
  client_id: string;
  client_since?: number;
  token_id: string;
  token_type: TokenType;
  scopes: string[];
  iss: string;
  aud: string;
  exp: number;
  nbf: number;
}

interface Verified {
  readonly token: string;
  readonly secret: JwtSecret;
  readonly claims: TokenClaims;
}

/** Makes and checks the self-contained tokens: JWS compact, HS256 and nothing else. Nothing is stored. */
export class TokenCodec {
  /** By signature, which is shorter to look up than the token. */
  private readonly verified = new Map<string, Verified>();
  /** Marks of tokens that were met lately: only what comes again is worth remembering. */
  private readonly met = new Int32Array(MET_SLOTS);

  constructor(
    private readonly secrets: JwtSecrets,
    private readonly audience: string,
    private readonly clock: () => number = Date.now,
  ) {}

  issue(
    client: { clientId: string; since: number; scopes: readonly string[] },
    type: TokenType,
    ttlSeconds: number,
  ): string {
    const { header, key } = this.secrets.current;
    const now = Math.floor(this.clock() / 1_000);
    // 122 random bits; the database keeps it as the UUID that it is.
    const tokenId = uuid().replaceAll('-', '');
    const payload = JSON.stringify({
      client_id: client.clientId,
      client_since: client.since,
      token_id: tokenId,
      token_type: type,
      scopes: client.scopes,
      iss: ISSUER,
      exp: now + ttlSeconds,
      nbf: now,
      iat: now,
      jti: tokenId,
      sub: client.clientId,
      aud: this.audience,
    });
    const signed = `${header}.${Buffer.from(payload).toString('base64url')}`;
    return `${signed}.${hmacSha256(key, signed).toString('base64url')}`;
  }

  /**
   * The claims, or undefined for anything but a token of ours that is valid now. The header has to be, letter by letter, the one this
   * service writes for one of its secrets, so no field of it is ever interpreted (RFC 8725 §3.1).
   */
  verify(token: string): TokenClaims | undefined {
    if (token.length > MAXIMUM_LENGTH) return undefined;
    const last = token.lastIndexOf('.');
    const signature = token.slice(last + 1);
    const known = this.verified.get(signature);
    if (known?.token === token && known.claims.expiresAt > this.clock() / 1_000) {
      if (this.secrets.find(known.secret.header) === known.secret) return known.claims;
    }
    const first = token.indexOf('.');
    if (first < 0 || last === first) return undefined;
    const secret = this.secrets.find(token.slice(0, first));
    if (!secret || !hmacSha256Matches(secret.key, token.slice(0, last), signature)) return undefined;
    const claims = this.check(parse(token.slice(first + 1, last)));
    if (claims?.type === 'N' && this.isMetAgain(token)) {
      if (this.verified.size >= REMEMBERED_AT_MOST) this.verified.clear();
      this.verified.set(signature, { token, secret, claims });
    }
    return claims;
  }

  private isMetAgain(token: string): boolean {
    // The end of a good signature is as random as a hash.
    let mark = 0;
    for (let at = token.length - 8; at < token.length; at += 1) mark = (Math.imul(mark, 31) + token.charCodeAt(at)) | 0;
    const slot = mark & (MET_SLOTS - 1);
    if (this.met[slot] === mark) return true;
    this.met[slot] = mark;
    return false;
  }

  private check(payload: Partial<Payload> | undefined): TokenClaims | undefined {
    if (!payload) return undefined;
    const {
      client_id: clientId,
      client_since: clientSince,
      token_id: tokenId,
      token_type: type,
      scopes,
      iss,
      aud,
      exp,
      nbf,
    } = payload;
    const now = this.clock() / 1_000;
    if (iss !== ISSUER || aud !== this.audience) return undefined;
    if (!(Number.isSafeInteger(exp) && exp! > now) || !(Number.isSafeInteger(nbf) && nbf! <= now + CLOCK_SKEW_SECONDS))
      return undefined;
    if (type !== 'N' && type !== 'O') return undefined;
    if (typeof clientId !== 'string' || typeof tokenId !== 'string' || !TOKEN_ID.test(tokenId)) return undefined;
    if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === 'string')) return undefined;
    return { clientId, clientSince, tokenId, type, scopes, expiresAt: exp! };
  }
}

const decoded = Buffer.allocUnsafeSlow(MAXIMUM_LENGTH);

/** Called for what we have signed ourselves; a text that is no JSON can only come from another program that has the secret. */
function parse(part: string): Partial<Payload> | undefined {
  try {
    const value: unknown = JSON.parse(decoded.toString('utf8', 0, decoded.write(part, 'base64url')));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
