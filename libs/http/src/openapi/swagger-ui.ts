import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Application, Response } from 'express';
import type { ServiceInfo } from '../server/service-info.js';
import type { OpenApiOptions } from './serve-openapi.js';

export const SWAGGER_PATH = '/ui/swagger';

/** Only these files of the package are served. */
const FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'favicon-32x32.png',
  'oauth2-redirect.html',
  'oauth2-redirect.js',
];

/** Serves Swagger UI with its own content security policy: nothing inline runs, and it may talk to this service and the issuer alone. */
export function serveSwaggerUi(app: NestExpressApplication, options: OpenApiOptions, info: ServiceInfo): void {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const policy = contentSecurityPolicy(options);
  const routes = app.getHttpAdapter().getInstance() as Application;
  const serve = (path: string, send: (response: Response) => void) =>
    routes.get(path, (_request, response) => {
      response.setHeader('Content-Security-Policy', policy);
      response.setHeader('Cache-Control', 'no-cache');
      send(response);
    });
  serve(SWAGGER_PATH, (response) => response.type('html').send(page(options.title)));
  serve(`${SWAGGER_PATH}/start.js`, (response) => response.type('js').send(startScript(options, info)));
  for (const file of FILES)
    serve(`${SWAGGER_PATH}/${file}`, (response) => response.sendFile(file, { root, cacheControl: false }));
}

export function contentSecurityPolicy({ oauth }: OpenApiOptions): string {
  const issuer = oauth ? [new URL(oauth.tokenUrl ?? oauth.issuer).origin] : [];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...issuer].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${SWAGGER_PATH}/swagger-ui.css">
<link rel="icon" type="image/png" href="${SWAGGER_PATH}/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${SWAGGER_PATH}/swagger-ui-bundle.js"></script>
<script src="${SWAGGER_PATH}/start.js"></script>
</body>
</html>
`;
}

/** Signs in as a public client by authorization code with PKCE; the resource indicator makes the token one for this service. */
function startScript({ oauth }: OpenApiOptions, info: ServiceInfo): string {
  const signIn = oauth && {
    clientId: oauth.clientId ?? 'swagger-ui',
    usePkceWithAuthorizationCodeGrant: true,
    additionalQueryStringParams: { resource: oauth.resource ?? info.publicUrl },
  };
  return `'use strict';
const ui = SwaggerUIBundle({
  url: '${SWAGGER_PATH}/doc.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  oauth2RedirectUrl: location.origin + '${SWAGGER_PATH}/oauth2-redirect.html',
});
${signIn ? `ui.initOAuth(${JSON.stringify(signIn)});` : ''}
`;
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
