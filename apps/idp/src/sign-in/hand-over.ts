import { Injectable } from '@nestjs/common';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { ReauthenticationRequired, WrongStep } from '../authorization-server/errors.js';
import type { LoginRequest } from '../authorization-server/login-request.schema.js';
import { Clock } from '../clock.js';
import { pagePath } from '../pages/page-responder.js';
import type { OpenedSession } from '../sessions/sessions.js';
import { sessionSuffices } from './session-suffices.js';

type Proof = Pick<OpenedSession, 'userId' | 'handle' | 'amr' | 'authTime'>;

/** Brings a sign-in back to authz, or finds that nothing has to be brought. Answers are addresses for the browser. */
@Injectable()
export class HandOver {
  constructor(
    private readonly authorizationServer: AuthorizationServer,
    private readonly clock: Clock,
  ) {}

  loginRequest(challenge: string): Promise<LoginRequest> {
    return this.authorizationServer.loginRequest(challenge);
  }

  /** Where somebody who is signed in goes without being asked; `undefined` when the form must be shown. */
  async silently(challenge: string, request: LoginRequest, session: Proof): Promise<string | undefined> {
    if (request.prompt.name === 'consent') return pagePath('/consent', challenge);
    if (!sessionSuffices(request, session.authTime, this.clock.now())) return undefined;
    try {
      return await this.accept(challenge, session);
    } catch (error) {
      if (error instanceof ReauthenticationRequired) return undefined;
      throw error;
    }
  }

  /** Where somebody goes who has just signed in. */
  async afterSignIn(challenge: string, request: LoginRequest, session: Proof): Promise<string> {
    // The session here ended before the one at authz: authz knows the person and only waits for consent.
    if (request.prompt.name === 'consent') return pagePath('/consent', challenge);
    try {
      return await this.accept(challenge, session);
    } catch (error) {
      if (error instanceof ReauthenticationRequired)
        throw new WrongStep('authz asks for yet another sign-in', { cause: error });
      throw error;
    }
  }

  private async accept(challenge: string, { userId, handle, amr, authTime }: Proof): Promise<string> {
    const step = await this.authorizationServer.acceptLogin(challenge, {
      sub: userId,
      idpSession: handle,
      amr,
      authTime,
    });
    return step.next === 'consent' ? pagePath('/consent', challenge) : step.to;
  }
}
