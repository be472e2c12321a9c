import { Problem, Public } from '@cryptoutil/http';
import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import type { LoginRequest } from '../authorization-server/login-request.schema.js';
import { cookieNames, readCookie } from '../forms/cookies.js';
import { challengeOf, formBody } from '../forms/form-body.js';
import { Forms } from '../forms/forms.js';
import { OtherPersonPage } from '../pages/error-pages.js';
import { PageErrors } from '../pages/page-errors.filter.js';
import { PageResponder, pagePath } from '../pages/page-responder.js';
import type { SignedIn } from '../sessions/session.store.js';
import { Sessions } from '../sessions/sessions.js';
import { consentFormSchema } from './consent-form.schema.js';
import { ConsentPage } from './consent-page.js';

/** A consent that this person may decide on. */
interface OpenConsent {
  readonly challenge: string;
  readonly loginRequest: LoginRequest;
  readonly session: SignedIn;
}

/** `/consent`: the person who signed in decides what the client may do. */
@ApiExcludeController()
@Public()
@UseFilters(PageErrors)
@Controller('consent')
export class ConsentController {
  constructor(
    private readonly sessions: Sessions,
    private readonly authorizationServer: AuthorizationServer,
    private readonly forms: Forms,
    private readonly pages: PageResponder,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const challenge = challengeOf(request);
    if (challenge === undefined)
      throw new Problem({ status: 400, code: 'invalid_request', detail: 'login_challenge is missing.' });
    const consent = await this.open(request, response, challenge);
    if (consent) this.showForm(request, response, consent, optionalNames(consent));
  }

  @Post()
  @HttpCode(303)
  async submit(@Req() request: Request, @Res() response: Response): Promise<void> {
    const form = formBody(request, consentFormSchema);
    const consent = await this.open(request, response, form.login_challenge);
    if (!consent) return;
    const { challenge, session } = consent;
    if (!this.forms.accepts(request, form.form_token, formUse(consent))) {
      return this.showForm(request, response, consent, new Set(form.scope), true);
    }
    const address =
      form.decision === 'deny'
        ? await this.authorizationServer.deny(challenge)
        : await this.authorizationServer.acceptConsent(
            challenge,
            session.userId,
            allowed(consent, new Set(form.scope)),
          );
    this.pages.seeOther(response, address);
  }

  /** The consent to decide on; `undefined` when the browser was sent elsewhere or told why not. */
  private async open(request: Request, response: Response, challenge: string): Promise<OpenConsent | undefined> {
    const session = await this.sessions.find(readCookie(request, cookieNames.session));
    const loginRequest = await this.authorizationServer.loginRequest(challenge);
    if (!session || loginRequest.prompt.name !== 'consent') {
      this.pages.seeOther(response, pagePath('/login', challenge));
      return undefined;
    }
    if (loginRequest.subject != null && loginRequest.subject !== session.userId) {
      this.pages.send(response, <OtherPersonPage host={this.pages.host} username={session.username} />, {
        status: 403,
      });
      return undefined;
    }
    return { challenge, loginRequest, session };
  }

  private showForm(
    request: Request,
    response: Response,
    consent: OpenConsent,
    ticked: ReadonlySet<string>,
    forged = false,
  ): void {
    const { challenge, loginRequest, session } = consent;
    const page = (
      <ConsentPage
        host={this.pages.host}
        challenge={challenge}
        formToken={this.forms.token(request, response, formUse(consent))}
        client={loginRequest.client}
        person={session}
        scopes={scopesOf(consent)}
        ticked={ticked}
        forged={forged}
      />
    );
    this.pages.send(response, page, { status: forged ? 403 : 200, leadsToClient: true });
  }
}

/** Bound to the session too: what one person was shown, another who signs in meanwhile cannot be made to send. */
const formUse = ({ challenge, session }: OpenConsent) =>
  ({ purpose: 'consent', binding: `${challenge} ${session.handle}` }) as const;

const scopesOf = ({ loginRequest }: OpenConsent) => loginRequest.consent?.scopes ?? [];

const optionalNames = (consent: OpenConsent): ReadonlySet<string> =>
  new Set(
    scopesOf(consent)
      .filter(({ required }) => !required)
      .map(({ name }) => name),
  );

/** Only what was offered, however the form was filled: the required scopes and the ticked ones. */
const allowed = (consent: OpenConsent, ticked: ReadonlySet<string>): string[] => [
  ...new Set(
    scopesOf(consent)
      .filter(({ required, name }) => required || ticked.has(name))
      .map(({ name }) => name),
  ),
];
