import { pageContentSecurityPolicy, renderPage } from '@cryptoutil/pages';
import type { Response } from 'express';
import type { VNode } from 'preact';

/**
 * Where forms may lead. Chromium applies `form-action` to every redirect after a form post (seen in version 156), and a sign-in goes
 * form → authz → the client's redirect URI. That address is the client's, checked by authz against its registration and not known
 * here; so any https address and the loopback addresses of native apps (RFC 8252 §7.3) are allowed. What the directive is to stop,
 * injected forms that post to a stranger over http or a foreign scheme, stays refused, and nothing can be injected: see the page renderer.
 */
const formTargets = ['https:', 'http://127.0.0.1:*', 'http://localhost:*'];

export interface PageOptions {
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** The page's form can end in a redirect to a client. */
  readonly leadsToClient?: boolean;
}

/** Sends pages and redirects. */
export class PageResponder {
  constructor(
    /** What the address bar shows, for the advice on each page. */
    readonly host: string,
  ) {}

  send(
    response: Response,
    page: VNode,
    { status = 200, retryAfterSeconds, leadsToClient = false }: PageOptions = {},
  ): void {
    response.setHeader(
      'Content-Security-Policy',
      pageContentSecurityPolicy({ formAction: leadsToClient ? formTargets : [] }),
    );
    // With `no-referrer` browsers would send `Origin: null` even to ourselves; other sites still learn nothing.
    response.setHeader('Referrer-Policy', 'same-origin');
    response.setHeader('Cache-Control', 'no-store');
    if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
    response.status(status).type('html').send(renderPage(page));
  }

  /** 303: the next request is a GET without the credentials of this one (RFC 9700 §4.12). */
  seeOther(response: Response, address: string): void {
    response.redirect(303, address);
  }
}

/** The own page that goes on with a challenge. */
export const pagePath = (page: '/login' | '/consent', challenge: string | undefined): string =>
  challenge === undefined ? page : `${page}?${new URLSearchParams({ login_challenge: challenge }).toString()}`;
