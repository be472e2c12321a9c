import { Injectable } from '@nestjs/common';
import { Problem } from '@cryptoutil/http';
import { acrOf } from '../provider/policies.js';
import { isEmpty } from '../provider/grants.js';
import type { Answer } from './answer.js';
import type { InteractionPayload } from './interaction-payload.js';
import { LoginRequestStore } from './login-request.store.js';
import type { AcceptedLogin, AcceptLogin } from './login-request.schema.js';
import { OpenLoginRequests, unknownLoginRequest } from './open-login-request.js';
import { ReleaseAnswer } from './release-answer.js';
import { consentView } from './show-login-request.js';

const clockSkewSeconds = 10;

/** Takes idp's word that a person signed in; what follows from it (acr, freshness, scopes) is decided here. */
@Injectable()
export class AcceptLoginRequest {
  constructor(
    private readonly requests: OpenLoginRequests,
    private readonly store: LoginRequestStore,
    private readonly release: ReleaseAnswer,
  ) {}

  /** @throws Problem 404 unknown_login_request; 409 when the request wants a fresher sign-in or no sign-in at all. */
  async accept(
    challenge: string,
    login: AcceptLogin,
    nowSeconds = Math.floor(Date.now() / 1000),
  ): Promise<AcceptedLogin> {
    const request = await this.requests.open(challenge);
    const { payload, client, challengeHash } = request;
    if (payload.prompt.name !== 'login') throw wrongStep('The request asks for consent, not for a sign-in.');
    checkFreshness(payload, login.auth_time, nowSeconds);

    const answer: Answer = {
      result: {
        login: {
          accountId: login.sub,
          amr: login.amr,
          acr: acrOf(login.amr),
          ts: login.auth_time,
          remember: true,
          idpSession: login.idp_session,
        },
      },
    };
    const undecided = await this.requests.undecided(request, login.sub);
    if (client['first_party'] === true || isEmpty(undecided))
      return { next: 'redirect', redirect_to: await this.release.release(request, answer) };
    if (!(await this.store.remember(challengeHash, answer))) throw unknownLoginRequest();
    return { next: 'consent', consent: consentView(undecided) };
  }
}

/** prompt=login and max_age are authz's promise to the client, so they are checked here whatever idp did. */
function checkFreshness({ iat, prompt, params }: InteractionPayload, authTime: number, now: number): void {
  if (authTime > now + clockSkewSeconds) throw wrongStep('auth_time lies in the future.');
  const isFresh = authTime >= iat - 1;
  const maxAge = params['max_age'] === undefined ? Infinity : Number(params['max_age']);
  if (!isFresh && (prompt.reasons.includes('login_prompt') || now - authTime > maxAge))
    throw new Problem({
      status: 409,
      code: 'reauthentication_required',
      detail: 'The request asks for a sign-in that is fresher than this one.',
    });
}

export const wrongStep = (detail: string): Problem => new Problem({ status: 409, code: 'wrong_step', detail });
