import type { LoginRequest } from '../authorization-server/login-request.schema.js';

/** Reasons of authz for asking that a recent enough session answers; for any other the person has to sign in again. */
const answeredBySession: ReadonlySet<string> = new Set(['no_session', 'max_age']);

/**
 * Whether somebody who is signed in already need not be asked again (OpenID Connect Core §3.1.2.1: `prompt=login`, `max_age`). authz checks
 * the time of authentication once more.
 */
export const sessionSuffices = ({ prompt, max_age: maxAge }: LoginRequest, authTime: Date, now: Date): boolean => {
  if (!prompt.reasons.every((reason) => answeredBySession.has(reason))) return false;
  return maxAge == null || now.getTime() - authTime.getTime() < maxAge * 1000;
};
