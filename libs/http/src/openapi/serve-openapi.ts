import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application } from 'express';
import type { ServiceInfo } from '../server/service-info.js';
import { openApiDocument, type OpenApiDocument } from './openapi-document.js';
import { SWAGGER_PATH, serveSwaggerUi } from './swagger-ui.js';

/** What a service's OpenAPI document says beyond its routes. */
export interface OpenApiOptions {
  title: string;
  description?: string;
  /** The authorization server; then the document has an OAuth 2 scheme and Swagger UI can sign in. */
  oauth?: OpenApiOAuth;
}

export interface OpenApiOAuth {
  /** Issuer URL; the endpoints default to `<issuer>/oauth2/v1/authorize` and `…/token`. */
  issuer: string;
  authorizationUrl?: string;
  tokenUrl?: string;
  /** Scope → what it lets one do. */
  scopes: Readonly<Record<string, string>>;
  /** The public client that Swagger UI is; default `swagger-ui`. */
  clientId?: string;
  /** Resource indicator sent to the authorization endpoint (RFC 8707); default the service's public URL. */
  resource?: string;
}

/** Serves the document at /ui/swagger/doc.json and Swagger UI at /ui/swagger, to anyone. */
export function serveOpenApi(app: NestExpressApplication, options: OpenApiOptions, info: ServiceInfo): void {
  let document: OpenApiDocument | undefined;
  const routes = app.getHttpAdapter().getInstance() as Application;
  routes.get(`${SWAGGER_PATH}/doc.json`, (_request, response) => {
    // Made at the first request: by then every route is known, and a service that nobody asks pays nothing.
    document ??= openApiDocument(app, options, info);
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Cache-Control', 'no-cache');
    response.end(JSON.stringify(document));
  });
  serveSwaggerUi(app, options, info);
}
