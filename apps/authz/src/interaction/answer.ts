/** What oidc-provider reads as the result of an interaction. */
export interface InteractionResult {
  login?: {
    accountId: string;
    amr: string[];
    acr: string;
    ts: number;
    remember: boolean;
    /** Handle of the idp session the login belongs to, so that a logout here ends it there. */
    idpSession: string;
  };
  consent?: { grantId: string };
  error?: string;
  error_description?: string;
}

/** A grant to be made when the verifier is claimed: built from the stored request ∩ what the person ticked. */
export interface PlannedGrant {
  grantId: string;
  accountId: string;
  clientId: string;
  granted: RequestedScopes;
  rejected: RequestedScopes;
}

/** Scopes of a request by where they apply: OpenID ones and, by resource indicator, those of resource servers. */
export interface RequestedScopes {
  openid: string[];
  resources: Record<string, string[]>;
}

/** idp's answer to a login request, kept apart from the interaction until the browser that began it brings the verifier. */
export interface Answer {
  result: InteractionResult;
  grant?: PlannedGrant;
}
