import { Public } from '@cryptoutil/http';
import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { LoginRequest } from '../authorization-server/login-request.schema.js';
import { cookieNames, readCookie, setCookie } from '../forms/cookies.js';
import { challengeOf, formBody } from '../forms/form-body.js';
import { Forms } from '../forms/forms.js';
import { PageErrors } from '../pages/page-errors.filter.js';
import { PageResponder } from '../pages/page-responder.js';
import type { SignedIn } from '../sessions/session.store.js';
import { Sessions } from '../sessions/sessions.js';
import { MAX_IDENTIFIER_LENGTH } from '../users/identifier.js';
import { HandOver } from './hand-over.js';
import { KNOWN_BROWSER_MAX_AGE_SECONDS } from './known-browser.js';
import { signInFormSchema } from './sign-in-form.schema.js';
import { SignInPage, type SignInTrouble } from './sign-in-page.js';
import { SignIn, type SignInOutcome } from './sign-in.js';

/** What the form is shown with. */
interface FormState {
  readonly challenge: string | undefined;
  readonly loginRequest: LoginRequest | undefined;
  readonly session: SignedIn | undefined;
  readonly username?: string;
  readonly trouble?: SignInTrouble;
}

/** `/login`: with a challenge the hand-over of authz, without one signing in here for its own sake. */
@ApiExcludeController()
@Public()
@UseFilters(PageErrors)
@Controller('login')
export class LoginController {
  constructor(
    private readonly sessions: Sessions,
    private readonly handOver: HandOver,
    private readonly signIn: SignIn,
    private readonly forms: Forms,
    private readonly pages: PageResponder,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const challenge = challengeOf(request);
    const loginRequest = challenge === undefined ? undefined : await this.handOver.loginRequest(challenge);
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    const address = session && (await this.addressFor(session, challenge, loginRequest));
    if (address !== undefined) return this.pages.seeOther(response, address);
    this.showForm(request, response, { challenge, loginRequest, session });
  }

  @Post()
  @HttpCode(303)
  async submit(@Req() request: Request, @Res() response: Response): Promise<void> {
    const form = formBody(request, signInFormSchema);
    const { login_challenge: challenge, username } = form;
    const loginRequest = challenge === undefined ? undefined : await this.handOver.loginRequest(challenge);
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    const state = { challenge, loginRequest, session, username };
    if (!this.forms.accepts(request, form.form_token, formUse(challenge))) {
      return this.showForm(request, response, { ...state, trouble: { kind: 'forged' } });
    }
    const outcome = await this.signIn.attempt({
      username,
      password: form.password,
      address: request.ip ?? '',
      knownBrowserCookie: readCookie(request, cookieNames.knownBrowser),
      currentSession: session,
    });
    if (outcome.kind !== 'signed-in')
      return this.showForm(request, response, { ...state, trouble: troubleOf(outcome) });
    setCookie(response, cookieNames.session, outcome.session.cookieValue);
    setCookie(response, cookieNames.knownBrowser, outcome.knownBrowserCookie, KNOWN_BROWSER_MAX_AGE_SECONDS);
    const goesOn = challenge !== undefined && loginRequest !== undefined;
    const address = goesOn ? await this.handOver.afterSignIn(challenge, loginRequest, outcome.session) : '/';
    this.pages.seeOther(response, address);
  }

  private async addressFor(
    session: SignedIn,
    challenge?: string,
    loginRequest?: LoginRequest,
  ): Promise<string | undefined> {
    if (challenge === undefined || loginRequest === undefined) return '/';
    return this.handOver.silently(challenge, loginRequest, session);
  }

  private showForm(request: Request, response: Response, state: FormState): void {
    const { challenge, loginRequest, session, trouble } = state;
    const page = (
      <SignInPage
        host={this.pages.host}
        clientName={loginRequest && (loginRequest.client.name ?? loginRequest.client.client_id)}
        challenge={challenge}
        formToken={this.forms.token(request, response, formUse(challenge))}
        username={
          state.username ?? loginRequest?.login_hint?.slice(0, MAX_IDENTIFIER_LENGTH) ?? session?.username ?? ''
        }
        again={session !== undefined || loginRequest?.prompt.name === 'consent'}
        trouble={trouble}
      />
    );
    this.pages.send(response, page, {
      status: statusOf(trouble),
      leadsToClient: challenge !== undefined,
      ...(trouble?.kind === 'blocked' && { retryAfterSeconds: trouble.retryAfterSeconds }),
    });
  }
}

const formUse = (challenge: string | undefined) => ({ purpose: 'sign-in', binding: challenge ?? '' }) as const;

const troubleOf = (outcome: Exclude<SignInOutcome, { kind: 'signed-in' }>): SignInTrouble =>
  outcome.kind === 'blocked' ? { kind: 'blocked', ...outcome.blocked } : outcome;

const statusOf = (trouble: SignInTrouble | undefined): number => {
  switch (trouble?.kind) {
    case undefined:
      return 200;
    case 'refused':
      return 422;
    case 'blocked':
      return 429;
    case 'forged':
      return 403;
  }
};
