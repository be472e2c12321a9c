import type { InteractionResult } from './answer.js';

/** The parts of oidc-provider's Interaction that the hand-over reads. */
export interface InteractionPayload {
  kind: 'Interaction';
  iat: number;
  exp: number;
  returnTo: string;
  prompt: { name: string; reasons: string[]; details: Record<string, unknown> };
  params: Record<string, string | string[] | undefined> & {
    client_id: string;
    scope?: string;
    resource?: string | string[];
  };
  session?: { accountId?: string; uid?: string; acr?: string; amr?: string[] };
  grantId?: string;
  result?: InteractionResult;
  [other: string]: unknown;
}
