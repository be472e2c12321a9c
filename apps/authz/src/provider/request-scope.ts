import { isDatabaseUnavailable, isUnstorableText } from '@cryptoutil/database';
import { KmsUnavailable } from '@cryptoutil/kms-client';
import type { Logger } from '@cryptoutil/telemetry';
import { Injectable } from '@nestjs/common';
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { AccountDirectory, IdpUnavailable } from '../accounts/account-directory.js';
import { renderErrorPage } from '../pages/provider-pages.js';
import { ProtocolDatabase } from '../storage/protocol-database.js';
import { correctError, refusedForScope } from './protocol-errors.js';
import { routes } from './routes.js';

/** The library's pages that post themselves (form_post, switching accounts) add the hash of their one script to script-src. */
const selfPostingPages = "default-src 'none'; script-src 'report-sample'; base-uri 'none'; frame-ancestors 'none'";

type Context = KoaContextWithOIDC;
type Next = () => Promise<void>;

/**
 * What surrounds every request of the protocol: one transaction, and an honest answer when something authz needs is away.
 * An answer below 500 is sent only after its writes are committed.
 */
@Injectable()
export class RequestScope {
  private readonly failures = new WeakMap<object, unknown>();

  constructor(
    private readonly database: ProtocolDatabase,
    private readonly accounts: AccountDirectory,
    private readonly logger: Logger,
  ) {}

  attach(provider: Provider): void {
    provider.on('server_error', (ctx: Context, error: unknown) => this.failures.set(ctx.req, error));
    provider.on('interaction.ended', rememberIdpSession);
    provider.use((ctx, next) => this.around(ctx as unknown as Context, next as Next));
  }

  private async around(ctx: Context, next: Next): Promise<void> {
    let isRefused = false;
    try {
      await this.database.inRequest(
        async () => {
          ctx.set('Content-Security-Policy', selfPostingPages);
          askConsentForOfflineAccess(ctx);
          await next();
          correctError(ctx);
          isRefused = refusedForScope(ctx);
          await this.endIdpSession(ctx);
        },
        () => ctx.status < 500 && !isRefused,
      );
    } catch (error) {
      this.failures.set(ctx.req, error);
      ctx.status = 500;
    }
    const failure = this.failures.get(ctx.req);
    if (failure !== undefined) this.answerFailure(ctx, failure);
  }

  /** A sign-out at authz ends the session of idp too, or nothing is ended (OpenID Connect RP-Initiated Logout §2). */
  private async endIdpSession(ctx: Context): Promise<void> {
    if (ctx.path !== `${routes.end_session}/confirm` || ctx.status >= 400) return;
    const session = ctx.oidc.entities.Session as unknown as { destroyed?: boolean; idpSession?: string } | undefined;
    if (session?.destroyed && session.idpSession) await this.accounts.endSession(session.idpSession);
  }

  private answerFailure(ctx: Context, failure: unknown): void {
    if (isUnstorableText(failure))
      return this.render(ctx, 400, 'invalid_request', 'The request contains a character that is not allowed.');
    const retryAfterSeconds = retryAfter(failure);
    if (retryAfterSeconds === undefined) {
      this.logger.error({ err: failure, path: ctx.path }, 'a protocol request failed');
      return this.render(ctx, 500, 'server_error', 'The request could not be handled.');
    }
    this.logger.warn({ err: failure, path: ctx.path }, 'a protocol request could not be served now');
    ctx.set('Retry-After', String(retryAfterSeconds));
    return this.render(ctx, 503, 'temporarily_unavailable', 'The service is temporarily unavailable, try again.');
  }

  private render(ctx: Context, status: number, error: string, description: string): void {
    ctx.remove('Location');
    ctx.remove('Set-Cookie');
    ctx.status = status;
    const out = { error, error_description: description };
    if (ctx.method === 'GET' && ctx.accepts('json', 'html') === 'html') renderErrorPage(ctx, out);
    else ctx.body = out;
    ctx.status = status;
  }
}

/** Seconds after which a request that failed for this reason may be tried again; undefined when the reason is a fault. */
function retryAfter(failure: unknown): number | undefined {
  if (failure instanceof KmsUnavailable || failure instanceof IdpUnavailable) return failure.retryAfterSeconds;
  if (isDatabaseUnavailable(failure)) return 2;
  const cause = failure instanceof Error ? failure.cause : undefined;
  return cause === undefined ? undefined : retryAfter(cause);
}

/** Keeps the handle of the idp session with the session that its login began. */
function rememberIdpSession(ctx: Context): void {
  const login = ctx.oidc.result?.login as { idpSession?: string } | undefined;
  if (login?.idpSession !== undefined && ctx.oidc.session)
    (ctx.oidc.session as unknown as { idpSession: string }).idpSession = login.idpSession;
}

/** OpenID Connect Core §11: offline access needs consent. A client that did not ask for the prompt gets it anyway. */
function askConsentForOfflineAccess(ctx: Context): void {
  if (ctx.path !== routes.authorization) return;
  const { scope, prompt } = ctx.query;
  if (typeof scope !== 'string' || !scope.split(' ').includes('offline_access')) return;
  if (prompt === undefined || prompt === 'login')
    ctx.query = { ...ctx.query, prompt: prompt ? 'login consent' : 'consent' };
}
