import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { renderHandOverEnded } from '../pages/provider-pages.js';
import { makeGrant } from '../provider/grants.js';
import { ProviderSettings } from '../provider/provider-settings.js';
import { routes } from '../provider/routes.js';
import { HandOverHash, loginPurpose } from './hand-over-hash.js';
import { LoginRequestStore } from './login-request.store.js';

/** As generous as the library's router, which takes any case and a slash at the end: no spelling goes round the verifier. */
const resumePath = new RegExp(`^${routes.authorization}/([^/]+)/?$`, 'i');

/** The browser's two ends of the hand-over: on to idp with a challenge, and back with a verifier. */
@Injectable()
export class HandOver {
  constructor(
    private readonly settings: ProviderSettings,
    private readonly store: LoginRequestStore,
    private readonly hash: HandOverHash,
  ) {}

  /** Page of idp that the browser is sent to. */
  url(uid: string, promptName: string): string {
    const page = promptName === 'consent' ? 'consent' : 'login';
    return `${this.settings.idpUrl}/${page}?login_challenge=${this.hash.challengeFor(uid)}`;
  }

  /** Lets a request resume only with its verifier, in the browser it began in. */
  attach(provider: Provider): void {
    keepIdpSession(provider);
    provider.use(async (ctx, next) => {
      const uid = resumePath.exec(ctx.path)?.[1];
      if (uid === undefined || (await this.release(provider, ctx as unknown as KoaContextWithOIDC, uid))) await next();
      else renderHandOverEnded(ctx as unknown as KoaContextWithOIDC, this.settings.idpUrl);
    });
  }

  /**
   * Claims the verifier and makes the grant that was agreed to. The signed cookie proves that this is the browser the flow
   * began in: without it an attacker could have a victim finish the attacker's flow (architecture decision 1).
   */
  private async release(provider: Provider, ctx: KoaContextWithOIDC, uid: string): Promise<boolean> {
    const uidHash = this.hash.uid(uid);
    const verifier = ctx.query['login_verifier'];
    const verifierHash = typeof verifier === 'string' ? this.hash.verifier(loginPurpose, uidHash, verifier) : undefined;
    if (ctx.cookies.get(provider.cookieName('resume'), { signed: true }) !== uid) {
      // A verifier that shows up in a foreign browser has left the honest path: nobody may use it any more.
      if (verifierHash !== undefined) await this.store.burn(uidHash, verifierHash);
      return false;
    }
    // Without a verifier only an already claimed request goes on: the library comes back once after switching accounts.
    if (verifier === undefined) return this.store.isClaimed(uidHash);
    if (verifierHash === undefined) return false;
    const { accountId } = await provider.Session.get(ctx);
    const answer = await this.store.claim(uidHash, verifierHash, accountId);
    if (answer?.grant) await makeGrant(provider.Grant, answer.grant);
    return answer !== undefined;
  }
}

/** Stores the idp session's handle with the session; the library drops members it does not know. */
function keepIdpSession(provider: Provider): void {
  const Session = provider.Session as unknown as { IN_PAYLOAD: string[] };
  const members = [...Session.IN_PAYLOAD, 'idpSession'];
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => members });
}
