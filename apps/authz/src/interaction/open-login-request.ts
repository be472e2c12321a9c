import { Injectable } from '@nestjs/common';
import { Problem } from '@cryptoutil/http';
import type { Client, Grant } from 'oidc-provider';
import { ProviderHolder } from '../provider/provider-holder.js';
import { unsettled } from '../provider/grants.js';
import { ResourceServers } from '../provider/scopes.js';
import type { Answer, RequestedScopes } from './answer.js';
import { HandOverHash } from './hand-over-hash.js';
import type { InteractionPayload } from './interaction-payload.js';
import { LoginRequestStore } from './login-request.store.js';

/** A login request that may still be answered. */
export interface OpenLoginRequest {
  challengeHash: string;
  payload: InteractionPayload;
  answer: Answer | null;
  client: Client;
}

/** Looks up what a challenge stands for. */
@Injectable()
export class OpenLoginRequests {
  constructor(
    private readonly store: LoginRequestStore,
    private readonly hash: HandOverHash,
    private readonly holder: ProviderHolder,
    private readonly servers: ResourceServers,
  ) {}

  /** @throws Problem 404, the same for a challenge that is unknown, expired or answered. */
  async open(challenge: string): Promise<OpenLoginRequest> {
    const challengeHash = this.hash.challenge(challenge);
    const found = await this.store.findByChallenge(challengeHash);
    const client = found && (await this.holder.require().Client.find(found.payload.params.client_id));
    if (!found || !client) throw unknownLoginRequest();
    return { ...found, challengeHash, client };
  }

  /** Scopes that `subject` still has to decide on. */
  async undecided({ payload, client }: OpenLoginRequest, subject: string): Promise<RequestedScopes> {
    const { scope, resource } = payload.params;
    const requested = this.servers.split(scope, [resource ?? []].flat(), client['allowed_scopes']);
    if (asksForConsent(payload)) return requested;
    return unsettled(requested, await this.existingGrant(payload, subject));
  }

  /** The grant of the session the request began in, when it is this subject's. */
  async existingGrant(payload: InteractionPayload, subject: string): Promise<Grant | undefined> {
    if (payload.grantId === undefined || payload.session?.accountId !== subject) return undefined;
    return this.holder.require().Grant.find(payload.grantId);
  }
}

const asksForConsent = ({ params }: InteractionPayload): boolean =>
  typeof params['prompt'] === 'string' && params['prompt'].split(' ').includes('consent');

export const unknownLoginRequest = (): Problem =>
  new Problem({ status: 404, code: 'login_request_not_found', detail: 'No such login request, or it has ended.' });
