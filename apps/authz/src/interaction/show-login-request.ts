import { Injectable } from '@nestjs/common';
import { describeScope } from '../provider/scopes.js';
import type { RequestedScopes } from './answer.js';
import type { ConsentView, LoginRequestView } from './login-request.schema.js';
import { OpenLoginRequests } from './open-login-request.js';

/** Tells idp what it needs to sign a person in, and no more (architecture decision 1). */
@Injectable()
export class ShowLoginRequest {
  constructor(private readonly requests: OpenLoginRequests) {}

  async show(challenge: string): Promise<LoginRequestView> {
    const request = await this.requests.open(challenge);
    const { payload, client, answer } = request;
    const { params, prompt, session } = payload;
    const subject = answer?.result.login?.accountId ?? (prompt.name === 'consent' ? session?.accountId : undefined);
    return {
      challenge,
      client: {
        client_id: client.clientId,
        name: client.clientName ?? client.clientId,
        ...(client.logoUri && { logo_uri: client.logoUri }),
        ...(client.policyUri && { policy_uri: client.policyUri }),
        ...(client.tosUri && { tos_uri: client.tosUri }),
        first_party: client['first_party'] === true,
      },
      prompt: { name: answer || prompt.name === 'consent' ? 'consent' : 'login', reasons: prompt.reasons },
      ...(params['max_age'] !== undefined && { max_age: Number(params['max_age']) }),
      ...text('acr_values', params['acr_values']),
      ...text('login_hint', params['login_hint']),
      ...text('ui_locales', params['ui_locales']),
      ...(subject !== undefined && { subject, consent: consentView(await this.requests.undecided(request, subject)) }),
    };
  }
}

const text = (name: 'acr_values' | 'login_hint' | 'ui_locales', value: unknown) =>
  typeof value === 'string' ? { [name]: value } : {};

/** `openid` is what makes it a sign-in: it cannot be refused while the rest is allowed. */
export function consentView({ openid, resources }: RequestedScopes): ConsentView {
  const view = (name: string, resource?: string) => ({
    name,
    ...(resource !== undefined && { resource }),
    required: name === 'openid',
    description: describeScope(name),
  });
  const named = new Set(openid);
  const ofResources = Object.entries(resources).flatMap(([resource, scopes]) =>
    scopes.filter((name) => !named.has(name)).map((name) => view(name, resource)),
  );
  return { scopes: [...openid.map((name) => view(name)), ...ofResources] };
}
