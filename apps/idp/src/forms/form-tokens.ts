import { constantTimeEqual, keyedHash, type Secret } from '@cryptoutil/crypto';

/** What a form does and for whom: a token of one form is worth nothing in another. */
export interface FormUse {
  readonly purpose: 'sign-in' | 'consent' | 'sign-out';
  /** The challenge, and the session where the form acts in its name. */
  readonly binding: string;
}

/**
 * Anti-forgery tokens: a MAC over the browser's form cookie and the use of the form. A page of another origin can neither read the token
 * nor plant the cookie (`__Host-`), so it cannot make a browser sign in, consent or sign out; also not before any session exists.
 */
export class FormTokens {
  constructor(private readonly key: Secret) {}

  issue(formCookie: string, { purpose, binding }: FormUse): string {
    return keyedHash(this.key, `form:${purpose}`, `${formCookie} ${binding}`);
  }

  accepts(token: string, formCookie: string | undefined, use: FormUse): boolean {
    return formCookie !== undefined && constantTimeEqual(token, this.issue(formCookie, use));
  }
}
