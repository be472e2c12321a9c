import { isScopeToken } from './bearer-challenge.js';
import { InvalidToken } from './errors.js';
import { isTenant } from './tenant.js';

/** What a verified access token says. Times are seconds since the epoch. */
export interface AccessTokenClaims {
  /** The resource owner, or the client itself when no user is involved (RFC 9068 §2.2). */
  sub: string;
  client_id: string;
  scope: ReadonlySet<string>;
  iss: string;
  /** Empty for an opaque token that is bound to no audience. */
  aud: string[];
  exp: number;
  iat?: number;
  /** Absent for opaque tokens whose identifier is the token itself. */
  jti?: string;
  acr?: string;
  amr?: string[];
  auth_time?: number;
  /** Whose data it is about; absent: those of the default tenant. Never the name of a service of the suite. */
  tenant?: string;
  /** How this was learnt: from a signature checked here, or from the authorization server's introspection endpoint. */
  source: 'jwt' | 'introspection';
}

/** How far ahead of this clock `iat` and `nbf` may lie, in seconds (FAPI 2.0 §5.3.2.1: up to 10 accepted, from 60 refused). */
export const clockSkewSeconds = 10;

type Claims = Record<string, unknown>;

const refuse = (name: string): never => {
  throw new InvalidToken('claims', `claim ${name} is missing or has the wrong type`);
};

// OpenID Connect Core §2: sub is at most 255 ASCII characters; RFC 6749 appendix A: client_id is printable ASCII. Nobody downstream
// has to think of NUL, line ends or lengths then.
const identifier = /^[\x20-\x7e]{1,255}$/;

/** A claim that names something: printable ASCII, 1 to 255 characters. */
export function text(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  return typeof value === 'string' && identifier.test(value) ? value : refuse(name);
}

export function time(claims: Claims, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(name);
}

export const required = <T>(value: T | undefined, name: string): T => value ?? refuse(name);

/** `aud` as a list (RFC 7519 §4.1.3): one string or an array of strings. */
export function audiences(claims: Claims): string[] {
  const { aud } = claims;
  if (aud === undefined) return [];
  const list: unknown[] = Array.isArray(aud) ? aud : [aud];
  return list.length > 0 && list.every((one): one is string => typeof one === 'string' && one.length > 0)
    ? list
    : refuse('aud');
}

/** The `scope` claim (RFC 6749 §3.3: space-delimited scope-tokens, order without meaning); absent means none. */
export function scopes(claims: Claims): Set<string> {
  const { scope } = claims;
  if (scope === undefined || scope === '') return new Set();
  const list = typeof scope === 'string' ? scope.split(' ') : refuse('scope');
  return list.every(isScopeToken) ? new Set(list) : refuse('scope');
}

function methods(claims: Claims): string[] | undefined {
  const { amr } = claims;
  if (amr === undefined) return undefined;
  return Array.isArray(amr) && amr.every((one): one is string => typeof one === 'string') ? amr : refuse('amr');
}

/** `exp` strictly in the future; `nbf` and `iat` at most {@link clockSkewSeconds} ahead. */
export function checkTimes(claims: Claims, nowSeconds: number): void {
  if (required(time(claims, 'exp'), 'exp') <= nowSeconds) throw new InvalidToken('expired');
  for (const name of ['nbf', 'iat']) {
    if ((time(claims, name) ?? 0) > nowSeconds + clockSkewSeconds)
      throw new InvalidToken('not_yet_valid', `${name} lies ahead`);
  }
}

/**
 * A token with `cnf` is good only together with the proof it names; nobody verifies such proofs here, so presenting it as a plain
 * bearer token is refused (RFC 9449 §7.1, RFC 8705 §3). Presence counts, whatever the value.
 */
export function checkNotSenderConstrained(claims: Claims): void {
  if (claims['cnf'] !== undefined) throw new InvalidToken('sender_constrained');
}

function tenant(claims: Claims): string | undefined {
  const name = text(claims, 'tenant');
  return name === undefined || isTenant(name) ? name : refuse('tenant');
}

/** The claims both token forms share. `sub` of a token without user is its client (RFC 9068 §2.2). */
export function accessTokenClaims(
  claims: Claims,
  issuer: string,
  source: AccessTokenClaims['source'],
): AccessTokenClaims {
  const client_id = required(text(claims, 'client_id'), 'client_id');
  return {
    sub: text(claims, 'sub') ?? client_id,
    client_id,
    scope: scopes(claims),
    iss: issuer,
    aud: audiences(claims),
    exp: required(time(claims, 'exp'), 'exp'),
    iat: time(claims, 'iat'),
    jti: text(claims, 'jti'),
    acr: text(claims, 'acr'),
    amr: methods(claims),
    auth_time: time(claims, 'auth_time'),
    tenant: tenant(claims),
    source,
  };
}
