import { base64url, hmacSha256, hmacSha256Matches, randomBytes } from '@cryptoutil/crypto';

/** `__Host-`: only this host can set it, over HTTPS, for all of its paths (RFC 6265bis §4.1.3.2). */
const COOKIE = '__Host-kms-csrf';
const VALUE = /^[A-Za-z0-9_-]{43}$/;
const PURPOSE = 'cryptoutil-kms csrf 1';

/** The value of the cookie that ties a CSRF token to one browser; undefined when there is none, or something else under its name. */
export function browserCookie(header: string | undefined): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE}=`))
    .map((pair) => pair.slice(COOKIE.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && VALUE.test(value) ? value : undefined;
}

/** A new value for the cookie: 256 random bits. */
export const newBrowserCookie = (): string => base64url.encode(randomBytes(32));

/**
 * Sets the cookie. Scripts cannot read it. It has to come along from pages of other sites that are on the list of origins, hence `None`, and
 * `Partitioned`, so that it tells no site what was done on another.
 */
export const setBrowserCookie = (value: string): string =>
  `${COOKIE}=${value}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`;

/**
 * Double submit, signed: HMAC-SHA-256 over the cookie under the access token. It needs no key that replicas share, and so goes on while sealed: who
 * is to be kept out, a page that makes somebody else's browser send requests, knows neither the token nor the cookie.
 */
export const csrfToken = (accessToken: string, cookie: string): string =>
  base64url.encode(hmacSha256(Buffer.from(accessToken), `${PURPOSE}\0${cookie}`));

/** Whether the CSRF token belongs to this access token and this browser, compared in constant time. */
export const csrfTokenMatches = (accessToken: string, cookie: string, given: string): boolean =>
  hmacSha256Matches(Buffer.from(accessToken), `${PURPOSE}\0${cookie}`, given);
