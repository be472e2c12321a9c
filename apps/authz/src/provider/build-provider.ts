import { Injectable } from '@nestjs/common';
import Provider, { type Adapter, type Client, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { AccountDirectory } from '../accounts/account-directory.js';
import { claims, extraTokenClaims } from '../accounts/claims.js';
import { applyClientRules } from '../clients/client-rules.js';
import { clientAuthMethods } from '../clients/client.schema.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { extraClientMetadata } from '../clients/extra-client-metadata.js';
import { promptsOf } from '../interaction/ended-session.js';
import { HandOver } from '../interaction/hand-over.js';
import type { KmsSigningKey } from '../signing-keys/kms-signing-key.js';
import { deriveSuccessors } from '../storage/refresh-token-family.js';
import { ProtocolAdapters } from '../storage/protocol-adapters.js';
import { renderErrorPage, renderLogoutPage, renderSignedOutPage } from '../pages/provider-pages.js';
import { assertFreshAssertion, clientAuthAlgorithms, clientAuthMetadata } from './client-authentication.js';
import { loadExistingGrant } from './grants.js';
import { JwtIntrospection } from './introspect-jwt.js';
import { lifetimes } from './lifetimes.js';
import { mutualTls } from './mtls.js';
import { corsAllowed, mayIntrospect, passwordAcr, resourceIndicatorPolicy, rotateRefreshToken } from './policies.js';
import { RequestScope } from './request-scope.js';
import { routes } from './routes.js';
import { openScopes, ResourceServers } from './scopes.js';
import { ProviderSettings } from './provider-settings.js';

/** Builds the oidc-provider instance of the suite for a set of signing keys. */
@Injectable()
export class BuildProvider {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly adapters: ProtocolAdapters,
    private readonly accounts: AccountDirectory,
    private readonly handOver: HandOver,
    private readonly requestScope: RequestScope,
  ) {}

  build(keys: KmsSigningKey[]): Provider {
    const { issuer } = this.settings;
    const provider = new Provider(issuer, this.configuration(keys));
    applyClientRules(provider, new ClientSecrets(this.settings.clientSecretHash));
    deriveSuccessors(provider, this.adapters.hash);
    // In this order: what follows is a part of the request's transaction.
    this.requestScope.attach(provider);
    const introspection = new JwtIntrospection({ keys, issuer, mayIntrospect: this.mayIntrospect.bind(this) });
    provider.use(async (ctx, next) => {
      await next();
      await introspection.answer(ctx as unknown as KoaContextWithOIDC);
    });
    this.handOver.attach(provider);
    return provider;
  }

  /** A token of a person or a client that is gone or disabled is as inactive as one that is not the asker's (threat 19). */
  private async mayIntrospect(
    { oidc: { provider } }: KoaContextWithOIDC,
    asker: Client,
    token: { clientId?: string; accountId?: string; aud?: string | string[] },
  ): Promise<boolean> {
    if (!mayIntrospect(asker, token)) return false;
    if ((await provider.Client.find(token.clientId ?? '')) === undefined) return false;
    return token.accountId === undefined || (await this.accounts.find(token.accountId)) !== undefined;
  }

  private configuration(keys: KmsSigningKey[]): Configuration {
    const servers = new ResourceServers(this.settings);
    const secret = this.settings.cookieKey.text();
    return {
      adapter: (model: string): Adapter => this.adapters.for(model),
      jwks: { keys: keys },
      routes,
      claims,
      scopes: openScopes,
      acrValues: [passwordAcr],
      responseTypes: ['code'],
      subjectTypes: ['public'],
      clientAuthMethods: [...clientAuthMethods],
      assertJwtClientAuthClaimsAndHeader: assertFreshAssertion,
      discovery: clientAuthMetadata,
      clientDefaults: {
        id_token_signed_response_alg: 'ES256',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
      enabledJWA: {
        clientAuthSigningAlgValues: [...clientAuthAlgorithms],
        idTokenSigningAlgValues: ['ES256'],
      },
      extraClientMetadata,
      extraTokenClaims,
      clientBasedCORS: corsAllowed,
      conformIdTokenClaims: true,
      clockTolerance: 10,
      cookies: {
        keys: [secret],
        names: { session: '__Host-authz_session', interaction: 'authz_interaction', resume: 'authz_resume' },
        long: { signed: true, httpOnly: true, sameSite: 'lax', secure: true, path: '/' },
        short: { signed: true, httpOnly: true, sameSite: 'lax', secure: true },
      },
      pkce: { required: () => true },
      ttl: lifetimes,
      rotateRefreshToken,
      findAccount: (_ctx, sub) => this.accounts.find(sub),
      loadExistingGrant: (ctx) => loadExistingGrant(ctx, servers),
      interactions: {
        policy: promptsOf(this.accounts),
        url: (_ctx, interaction) => this.handOver.url(interaction.uid, interaction.prompt.name),
      },
      renderError: (ctx, out, error) => renderErrorPage(ctx, out, error),
      features: {
        devInteractions: { enabled: false },
        dPoP: { enabled: false },
        pushedAuthorizationRequests: { enabled: false },
        claimsParameter: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true, allowedPolicy: this.mayIntrospect.bind(this) },
        revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
        userinfo: { enabled: true },
        resourceIndicators: resourceIndicatorPolicy(servers),
        mTLS: mutualTls,
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: renderLogoutPage,
          postLogoutSuccessSource: renderSignedOutPage,
        },
        externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      },
    } as Configuration;
  }
}
