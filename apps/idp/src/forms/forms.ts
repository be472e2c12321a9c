import type { Request, Response } from 'express';
import { randomToken } from '@cryptoutil/crypto';
import { cookieNames, readCookie, setCookie } from './cookies.js';
import { type FormTokens, type FormUse } from './form-tokens.js';
import { comesFromOwnPage } from './request-origin.js';

/** Guards the forms of the pages against being sent by anyone but the person who sees them. */
export class Forms {
  constructor(
    private readonly tokens: FormTokens,
    private readonly ownOrigin: string,
  ) {}

  /** The token for a form that is about to be shown. Gives the browser its form cookie if it has none. */
  token(request: Request, response: Response, use: FormUse): string {
    const known = formCookie(request);
    const cookie = known ?? randomToken();
    if (known === undefined) setCookie(response, cookieNames.form, cookie);
    return this.tokens.issue(cookie, use);
  }

  /** Whether a form post was sent from this form, by this browser, for this use. */
  accepts(request: Request, token: string, use: FormUse): boolean {
    return comesFromOwnPage(request.headers, this.ownOrigin) && this.tokens.accepts(token, formCookie(request), use);
  }
}

const formCookie = (request: Request): string | undefined => {
  const value = readCookie(request, cookieNames.form);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
};
