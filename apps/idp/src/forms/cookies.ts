import type { CookieOptions, Request, Response } from 'express';

/**
 * Cookies of idp. The prefix makes browsers refuse them from other hosts, from plain http and for other paths. Lax, not Strict: people
 * come from authz, which can be another site.
 */
export const cookieNames = {
  session: '__Host-idp_session',
  form: '__Host-idp_form',
  knownBrowser: '__Host-idp_browser',
} as const;

type CookieName = (typeof cookieNames)[keyof typeof cookieNames];

const attributes: CookieOptions = { secure: true, httpOnly: true, sameSite: 'lax', path: '/' };

/** The value of a cookie; `undefined` when it is absent or sent more than once. */
export const readCookie = (request: Pick<Request, 'headers'>, name: CookieName): string | undefined => {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
};

/** Sets a cookie: until the browser closes, or for `maxAgeSeconds`. */
export const setCookie = (response: Response, name: CookieName, value: string, maxAgeSeconds?: number): void => {
  response.cookie(name, value, {
    ...attributes,
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds * 1000 }),
    encode: String,
  });
};

export const clearCookie = (response: Response, name: CookieName): void => {
  response.clearCookie(name, attributes);
};
