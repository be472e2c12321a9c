import { randomToken } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { RequestedScopes } from './answer.js';
import { wrongStep } from './accept-login.js';
import type { AcceptConsent } from './login-request.schema.js';
import { OpenLoginRequests } from './open-login-request.js';
import { ReleaseAnswer } from './release-answer.js';

/** Turns what a person ticked into a planned grant: the stored request ∩ the ticked scopes, nothing else. */
@Injectable()
export class AcceptConsentRequest {
  constructor(
    private readonly requests: OpenLoginRequests,
    private readonly release: ReleaseAnswer,
  ) {}

  /** @throws Problem 404 unknown request; 409 when nobody signed in for it or the subject is another. */
  async accept(challenge: string, { sub, scopes }: AcceptConsent): Promise<{ redirect_to: string }> {
    const request = await this.requests.open(challenge);
    const { payload, client, answer } = request;
    const subject =
      answer?.result.login?.accountId ?? (payload.prompt.name === 'consent' ? payload.session?.accountId : undefined);
    if (subject === undefined) throw wrongStep('The request asks for a sign-in first.');
    if (subject !== sub) throw wrongStep('The subject is not the one who signed in.');

    const ticked = new Set(['openid', ...scopes]);
    const undecided = await this.requests.undecided(request, subject);
    const existing = await this.requests.existingGrant(payload, subject);
    const grantId = existing?.jti ?? randomToken();
    return {
      redirect_to: await this.release.release(request, {
        ...answer,
        result: { ...answer?.result, consent: { grantId } },
        grant: {
          grantId,
          accountId: subject,
          clientId: client.clientId,
          granted: select(undecided, (scope) => ticked.has(scope)),
          rejected: select(undecided, (scope) => !ticked.has(scope)),
        },
      }),
    };
  }
}

const select = ({ openid, resources }: RequestedScopes, keep: (scope: string) => boolean): RequestedScopes => ({
  openid: openid.filter(keep),
  resources: Object.fromEntries(Object.entries(resources).map(([resource, scopes]) => [resource, scopes.filter(keep)])),
});
