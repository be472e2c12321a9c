import { describe, expect, it } from '@jest/globals';
import { loginRequestSchema } from '../authorization-server/login-request.schema.js';
import { sessionSuffices } from './session-suffices.js';

const now = new Date('2026-11-22T10:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const request = (reasons: string[], maxAge?: number) =>
  loginRequestSchema.parse({
    challenge: 'c',
    client: { client_id: 'web' },
    prompt: { name: 'login', reasons },
    max_age: maxAge,
  });

describe('sessionSuffices (OpenID Connect Core §3.1.2.1)', () => {
  it('uses a session silently when authz only has none of its own', () => {
    expect(sessionSuffices(request(['no_session']), ago(3000), now)).toBe(true);
    expect(sessionSuffices(request([]), ago(3000), now)).toBe(true);
  });

  it.each([['login_prompt'], ['id_token_hint'], ['essential_acr'], ['something_new']])(
    'asks again for %s',
    (reason) => {
      expect(sessionSuffices(request(['no_session', reason]), now, now)).toBe(false);
    },
  );

  it('asks again when the sign-in is older than max_age, and always for max_age=0', () => {
    expect(sessionSuffices(request(['no_session'], 60), ago(59), now)).toBe(true);
    expect(sessionSuffices(request(['max_age'], 60), ago(60), now)).toBe(false);
    expect(sessionSuffices(request(['no_session'], 0), now, now)).toBe(false);
  });
});
