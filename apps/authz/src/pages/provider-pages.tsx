import { Actions, Button, MessagePage, Page, Intro, pageContentSecurityPolicy, renderPage } from '@cryptoutil/pages';
import { currentRequestId } from '@cryptoutil/telemetry';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { VNode } from 'preact';

function send(ctx: KoaContextWithOIDC, page: VNode, formAction: string[] = []): void {
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Content-Security-Policy', pageContentSecurityPolicy({ formAction }));
  ctx.body = renderPage(page);
}

/** Errors that may not be sent to a redirect URI are shown; texts are the protocol's own constants, never input. */
export function renderErrorPage(
  ctx: KoaContextWithOIDC,
  out: { error: string; error_description?: string },
  _error?: Error,
): void {
  const status = ctx.status;
  send(
    ctx,
    <MessagePage
      title={status === 503 ? 'Please try again in a moment' : 'This request cannot be completed'}
      tone="error"
      message={out.error_description ?? 'The application sent a request that cannot be answered.'}
      advice={
        status === 503
          ? 'A part of the service is being restarted. Nothing was lost; reload this page.'
          : `Go back to the application and start again. If it happens again, tell its operators: ${out.error}.`
      }
      reference={currentRequestId()}
    />,
  );
  ctx.status = status;
}

/** A hand-over that is used, expired or belongs to another browser (architecture decision 1). */
export function renderHandOverEnded(ctx: KoaContextWithOIDC, restartUrl: string): void {
  send(
    ctx,
    <MessagePage
      title="This sign-in has ended"
      tone="notice"
      message="The sign-in was finished already, took too long, or was begun in another browser."
      advice="Go back to the application and sign in again."
      next={{ href: restartUrl, label: 'Start again' }}
      reference={currentRequestId()}
    />,
  );
  ctx.status = 410;
}

/** Asks before signing out (OpenID Connect RP-Initiated Logout §2). `form` is the library's form with its token. */
export function renderLogoutPage(ctx: KoaContextWithOIDC, form: string): void {
  const name = ctx.oidc.client?.clientName;
  const xsrf = /name="xsrf" value="([\w-]+)"/.exec(form)?.[1] ?? '';
  const page = (
    <Page title="Sign out">
      <Intro heading="Sign out?">
        {name === undefined ? 'You will be signed out on this device.' : `${name} asks to sign you out on this device.`}
      </Intro>
      <form class="form" method="post" action={ctx.oidc.urlFor('end_session_confirm')}>
        <input type="hidden" name="xsrf" value={xsrf} />
        <Actions>
          <Button name="logout" value="yes">
            Sign out
          </Button>
          <Button kind="secondary">Stay signed in</Button>
        </Actions>
      </form>
    </Page>
  );
  const returnTo = URL.parse(ctx.oidc.session?.state?.['postLogoutRedirectUri'] as string)?.origin;
  send(ctx, page, returnTo === undefined ? [] : [returnTo]);
}

export function renderSignedOutPage(ctx: KoaContextWithOIDC): void {
  send(
    ctx,
    <MessagePage
      title="You are signed out"
      tone="success"
      message="You are signed out on this device."
      advice="You can close this page."
    />,
  );
}
