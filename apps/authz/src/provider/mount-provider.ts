import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { ProviderHolder } from './provider-holder.js';
import { isProtocolPath } from './routes.js';

/** Puts the protocol's endpoints before Nest's routes and body parsers: oidc-provider reads its own bodies. */
export function mountProvider(app: NestExpressApplication): void {
  const holder = app.get(ProviderHolder);
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (isProtocolPath(request.path)) holder.handle(request, response).catch(next);
    else next();
  });
}
