import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { ProviderHolder } from './provider-holder.js';
import { ProviderSettings } from './provider-settings.js';
import { isProtocolPath } from './routes.js';

/** Puts the protocol's endpoints before Nest's routes and body parsers: oidc-provider reads its own bodies. */
export function mountProvider(app: NestExpressApplication): void {
  const holder = app.get(ProviderHolder);
  const { host } = new URL(app.get(ProviderSettings).issuer);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!isProtocolPath(request.path)) return next();
    pinOrigin(request, host);
    holder.handle(request, response).catch(next);
  });
}

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
