import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { browserTarget } from './browser-target.js';
import { AuthorizationServerUnavailable, LoginRequestGone, ReauthenticationRequired, WrongStep } from './errors.js';
import {
  acceptLoginAnswerSchema,
  challengePattern,
  loginRequestSchema,
  redirectAnswerSchema,
  type LoginRequest,
} from './login-request.schema.js';

export interface AuthorizationServerOptions {
  /** Where authz is reached over mTLS. */
  readonly url: string;
  /** What browsers know it as. */
  readonly publicUrl: string;
  readonly dispatcher: Dispatcher;
}

/** Who signed in, as reported to authz. */
export interface AcceptedLogin {
  readonly sub: string;
  /** Handle of the session, never its cookie. */
  readonly idpSession: string;
  readonly amr: readonly string[];
  readonly authTime: Date;
}

/** The next thing for the browser: the consent page here, or an address of authz. */
export type NextStep = { readonly next: 'consent' } | { readonly next: 'redirect'; readonly to: string };

const TIMEOUT_MS = 4_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const problemSchema = z.object({ code: z.string() });

/**
 * The other half of the hand-over (architecture decision 1). Every call may throw `AuthorizationServerUnavailable`, `LoginRequestGone`,
 * `ReauthenticationRequired` or `WrongStep`.
 */
export class AuthorizationServer {
  constructor(private readonly options: AuthorizationServerOptions) {}

  async loginRequest(challenge: string): Promise<LoginRequest> {
    return this.call('GET', challenge, '', loginRequestSchema);
  }

  async acceptLogin(challenge: string, { sub, idpSession, amr, authTime }: AcceptedLogin): Promise<NextStep> {
    const body = { sub, idp_session: idpSession, amr, auth_time: Math.floor(authTime.getTime() / 1000) };
    const answer = await this.call('POST', challenge, '/accept-login', acceptLoginAnswerSchema, body);
    return answer.next === 'consent' ? answer : { next: 'redirect', to: this.target(answer.redirect_to) };
  }

  /** Answers where to send the browser. */
  async acceptConsent(challenge: string, sub: string, scopes: readonly string[]): Promise<string> {
    const answer = await this.call('POST', challenge, '/accept-consent', redirectAnswerSchema, { sub, scopes });
    return this.target(answer.redirect_to);
  }

  /** Answers where to send the browser, which tells the client that the person said no (RFC 6749 §4.1.2.1). */
  async deny(challenge: string): Promise<string> {
    const answer = await this.call('POST', challenge, '/reject', redirectAnswerSchema, { error: 'access_denied' });
    return this.target(answer.redirect_to);
  }

  private target(address: string): string {
    return browserTarget(address, this.options.publicUrl);
  }

  private async call<S extends z.ZodType>(
    method: 'GET' | 'POST',
    challenge: string,
    step: string,
    schema: S,
    body?: object,
  ): Promise<z.output<S>> {
    if (!challengePattern.test(challenge)) throw new LoginRequestGone('not a challenge');
    const { status, headers, text } = await this.send(method, `/internal/v1/login-requests/${challenge}${step}`, body);
    if (status === 200) return parse(schema, text);
    if (status === 404 || status === 410) throw new LoginRequestGone('authz does not know the login request');
    if (status === 409) throw conflict(text);
    // What remains is a fault between the two services (an identity not accepted, a wire that differs), never the person's.
    const retryAfter = Number(headers['retry-after']);
    throw new AuthorizationServerUnavailable(
      `authz answered ${status}`,
      Number.isInteger(retryAfter) && retryAfter > 0 ? Math.min(retryAfter, 3600) : undefined,
    );
  }

  private async send(method: 'GET' | 'POST', path: string, body?: object) {
    try {
      const answer = await request(`${this.options.url}${path}`, {
        method,
        dispatcher: this.options.dispatcher,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, headers: answer.headers, text: await readBounded(answer.body) };
    } catch (error) {
      throw new AuthorizationServerUnavailable('authz cannot be reached', undefined, { cause: error });
    }
  }
}

const readBounded = async (body: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const parse = <S extends z.ZodType>(schema: S, text: string): z.output<S> => {
  const parsed = schema.safeParse(json(text));
  if (!parsed.success) throw new AuthorizationServerUnavailable('authz answered in a form that is not known');
  return parsed.data;
};

const conflict = (text: string): Error => {
  const problem = problemSchema.safeParse(json(text));
  return problem.success && problem.data.code === 'reauthentication_required'
    ? new ReauthenticationRequired('authz asks for a fresher sign-in')
    : new WrongStep('the login request is at another step');
};
