import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Controller, Delete, Get, Module, Post } from '@nestjs/common';
import { z } from 'zod';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import {
  AccessModule,
  HealthModule,
  RequireAccessToken,
  RequireIdentity,
  RequireScope,
  RequireScopeOrIdentity,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '../index.js';

const key = z.object({ id: z.uuid(), name: z.string().max(63), created_at: z.date() });

@RequireScope('kms:admin')
@Controller('keys')
class KeysController {
  @Get()
  @RequireScope('kms:read', 'kms:admin')
  @ZodResponse(200, z.object({ items: z.array(key) }), 'The keys')
  list(
    @ZodQuery(z.object({ name: z.string().optional(), limit: z.coerce.number().default(20) })) _query: unknown,
  ): unknown {
    return { items: [] };
  }

  @Post(':id/sign')
  @RequireScopeOrIdentity({ scope: 'kms:sign', identities: ['authz'] })
  @ZodResponse(201, key, 'Made')
  sign(
    @ZodParam('id', z.uuid()) _id: string,
    @ZodBody(z.strictObject({ payload: z.string() })) _body: unknown,
  ): unknown {
    return {};
  }

  @Delete(':id')
  @RequireIdentity('ops')
  @ZodResponse(204, undefined, 'Gone')
  remove(@ZodParam('id', z.uuid()) _id: string): void {}

  @Get('mine')
  @RequireAccessToken()
  mine(): unknown {
    return {};
  }
}

@Module({
  imports: [
    AccessModule.forRoot({ verifier: { verify: () => Promise.reject(new Error('unused')) } }),
    HealthModule.forRoot({ checks: [] }),
  ],
  controllers: [KeysController],
})
class DocumentedModule {}

describe('OpenAPI', () => {
  let pki: SpecPki;
  let service: SpecService;
  let document: any;
  beforeAll(async () => {
    pki = await specPki();
    service = await specService(pki, {
      module: DocumentedModule,
      openApi: {
        title: 'Keys <beta>',
        oauth: { issuer: 'https://localhost:8080', scopes: { 'kms:read': 'See keys' } },
      },
    });
    document = (await service.call('/ui/swagger/doc.json')).json;
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });

  it('is a valid OpenAPI 3.1 document', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate(structuredClone(document))).toEqual({ valid: true });
  });

  it('names service, version and public URL', () => {
    expect(document.info).toMatchObject({ title: 'Keys <beta>', version: '1.2.3' });
    expect(document.servers).toEqual([{ url: 'https://localhost:8082' }]);
  });

  it('describes body, query, path and answer by the schemas that check them', () => {
    const sign = document.paths['/keys/{id}/sign'].post;
    expect(sign.requestBody.content['application/json'].schema).toMatchObject({
      required: ['payload'],
      additionalProperties: false,
    });
    expect(sign.parameters).toEqual([expect.objectContaining({ name: 'id', in: 'path', required: true })]);
    expect(sign.responses['201'].content['application/json'].schema.properties.created_at).toMatchObject({
      format: 'date-time',
    });
    expect(document.paths['/keys'].get.parameters).toEqual([
      expect.objectContaining({ name: 'name', in: 'query', required: false }),
      expect.objectContaining({ name: 'limit', in: 'query', required: false }),
    ]);
  });

  it('says of each route who may call it', () => {
    const security = (path: string, method: string) => document.paths[path][method].security;
    expect(security('/health', 'get')).toEqual([]);
    expect(security('/keys', 'get')).toEqual([
      { oauth2: ['kms:read'] },
      { oauth2: ['kms:admin'] },
      { bearer: ['kms:read'] },
      { bearer: ['kms:admin'] },
    ]);
    expect(security('/keys/{id}', 'delete')).toEqual([{ mutualTLS: ['ops'] }]);
    expect(security('/keys/{id}/sign', 'post')).toContainEqual({ mutualTLS: ['authz'] });
    expect(security('/keys/mine', 'get')).toEqual([{ oauth2: [] }, { bearer: [] }]);
  });

  it('offers the code flow of the issuer', () => {
    expect(document.components.securitySchemes.oauth2.flows.authorizationCode).toEqual({
      authorizationUrl: 'https://localhost:8080/oauth2/v1/authorize',
      tokenUrl: 'https://localhost:8080/oauth2/v1/token',
      scopes: { 'kms:read': 'See keys' },
    });
  });

  it('serves Swagger UI under a policy without inline script', async () => {
    const { status, headers, text } = await service.call('/ui/swagger');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).toContain("connect-src 'self' https://localhost:8080;");
    expect(text).toContain('<title>Keys &#60;beta&#62;</title>');
    expect(text).not.toMatch(/<script>|onload=|<style/);
  });

  it('signs in by code and PKCE as a client of its own, for this resource', async () => {
    const { headers, text } = await service.call('/ui/swagger/start.js');
    expect(headers['content-type']).toContain('javascript');
    expect(text).toContain('"usePkceWithAuthorizationCodeGrant":true');
    expect(text).toContain('"clientId":"swagger-ui"');
    expect(text).toContain('"resource":"https://localhost:8082"');
  });

  it.each([
    ['swagger-ui.css', 'text/css'],
    ['swagger-ui-bundle.js', 'javascript'],
    ['oauth2-redirect.html', 'text/html'],
    ['oauth2-redirect.js', 'javascript'],
  ])('serves %s', async (file, type) => {
    const { status, headers } = await service.call(`/ui/swagger/${file}`);
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining(type)]);
  });

  it.each(['package.json', 'index.html', '..%2fpackage.json', 'swagger-ui.js.map'])(
    'serves nothing else of the package (%s)',
    async (file) => {
      expect((await service.call(`/ui/swagger/${file}`)).status).toBe(404);
    },
  );
});
