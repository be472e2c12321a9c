/** Error codes of RFC 6750 §3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

export interface BearerChallenge {
  /** Left out when the request carried no authentication at all (RFC 6750 §3.1, last paragraph). */
  error?: BearerError | (string & {});
  /** Human-readable; characters outside the set of RFC 6750 §3 are replaced by `?`. */
  description?: string;
  /** Scopes that would open the resource, one or more. */
  scope?: string | Iterable<string>;
}

// RFC 6750 §3: error and error_description hold %x20-21 / %x23-5B / %x5D-7E, so a quoted-string of them needs no escape.
const outsideDescription = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;
// RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** True when the text is one scope-token of RFC 6749 §3.3. */
export const isScopeToken = (text: string): boolean => scopeToken.test(text);

const scopeTokens = (scope: string | Iterable<string>): string[] =>
  (typeof scope === 'string' ? scope.split(' ') : [...scope]).filter(isScopeToken);

/**
 * Value of a `WWW-Authenticate` header for the Bearer scheme (RFC 6750 §3): every parameter appears at most once and is a
 * quoted-string that nothing from a request can break out of.
 */
export function bearerChallenge({ error, description, scope }: BearerChallenge = {}): string {
  const parameters: string[] = [];
  const add = (name: string, value: string) => parameters.push(`${name}="${value.replace(outsideDescription, '?')}"`);
  if (error) add('error', error);
  if (description) add('error_description', description);
  const scopes = scope === undefined ? [] : scopeTokens(scope);
  if (scopes.length > 0) add('scope', scopes.join(' '));
  return parameters.length > 0 ? `Bearer ${parameters.join(', ')}` : 'Bearer';
}
