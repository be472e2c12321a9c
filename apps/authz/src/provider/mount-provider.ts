import { Problem } from '@cryptoutil/http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { ProviderHolder } from './provider-holder.js';
import { ProviderSettings } from './provider-settings.js';
import { isPostedForm, sendOnByGet } from './post-as-get.js';
import { isForBrowsers, isProtocolPath, methodsOf } from './routes.js';

/** Puts the protocol's endpoints before Nest's routes and body parsers: oidc-provider reads its own bodies. */
export function mountProvider(app: NestExpressApplication): void {
  const holder = app.get(ProviderHolder);
  const { host } = new URL(app.get(ProviderSettings).issuer);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!isProtocolPath(request.path)) return next();
    const methods = methodsOf(request.path);
    if (methods && !methods.includes(request.method)) return next(methodNotAllowed(methods));
    if (methods && isPlainOptions(request))
      return void response.setHeader('Allow', methods.join(', ')).status(204).end();
    if (isPostedForm(request)) return void sendOnByGet(request, response).catch(next);
    pinOrigin(request, host);
    joinAuthorization(request);
    holder.handle(request, response).catch(next);
  });
}

/** A question about the methods of an endpoint (RFC 9110 §9.3.7) and not of a script of another origin, which the library answers. */
const isPlainOptions = ({ method, headers, path }: Request): boolean =>
  method === 'OPTIONS' && (headers['access-control-request-method'] === undefined || isForBrowsers(path));

/**
 * The library builds its addresses, and the audiences it takes in client assertions, from what the request calls this server. Anybody may
 * call it anything (Host, absolute request target), so it is told the issuer's name whatever the request says (threat 12).
 */
function pinOrigin(request: Request, host: string): void {
  request.headers.host = host;
  if (request.url.startsWith('/')) return;
  const { pathname, search } = new URL(request.url);
  request.url = request.originalUrl = `${pathname}${search}`;
}

/** Node keeps the first of several Authorization headers, and who stands in front of this may have looked at another: together they are none. */
function joinAuthorization({ headers, headersDistinct }: Request): void {
  const given = headersDistinct['authorization'];
  if (given && given.length > 1) headers.authorization = given.join(', ');
}

/** RFC 9110 §15.5.6. */
const methodNotAllowed = (methods: readonly string[]): Problem =>
  new Problem({
    status: 405,
    code: 'method_not_allowed',
    detail: 'This address does not serve that method.',
    headers: { Allow: methods.join(', ') },
  });
