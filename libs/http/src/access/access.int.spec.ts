import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { AuthorizationServerUnavailable, InvalidToken, type AccessTokenClaims } from '@cryptoutil/oauth';
import { createAuthority, issueCertificate, type IssuedCertificate } from '@cryptoutil/pki';
import { specPki, specService, type SpecPki, type SpecService } from '../../spec/test-service.js';
import {
  AccessModule,
  CurrentAccessToken,
  CurrentIdentity,
  Public,
  RequireAccessToken,
  RequireIdentity,
  RequireScope,
  RequireScopeOrIdentity,
  type TokenVerifier,
} from '../index.js';

const verifier: TokenVerifier = {
  verify(token): Promise<AccessTokenClaims> {
    if (token === 'down') return Promise.reject(new AuthorizationServerUnavailable('refused', 3));
    if (!token.startsWith('with-')) return Promise.reject(new InvalidToken('expired'));
    const scope = new Set([token.slice('with-'.length).replace('~', ':')]);
    return Promise.resolve({ sub: 'alice', client_id: 'web', scope, iss: 'i', aud: [], exp: 1, source: 'jwt' });
  },
};

const seen = (token: AccessTokenClaims | undefined, identity: string | undefined) => ({ sub: token?.sub, identity });

@RequireIdentity('authz')
@Controller()
class DoorsController {
  @Public()
  @Get('public')
  open(@CurrentAccessToken() token: AccessTokenClaims, @CurrentIdentity() identity: string): unknown {
    return seen(token, identity);
  }

  @Get('internal')
  internal(@CurrentAccessToken() token: AccessTokenClaims, @CurrentIdentity() identity: string): unknown {
    return seen(token, identity);
  }

  @RequireAccessToken()
  @Get('any-token')
  anyToken(@CurrentAccessToken() token: AccessTokenClaims): unknown {
    return seen(token, undefined);
  }

  @RequireScope('read:resource', 'admin')
  @Get('scope')
  scope(@CurrentAccessToken() token: AccessTokenClaims, @CurrentIdentity() identity: string): unknown {
    return seen(token, identity);
  }

  @RequireScopeOrIdentity({ scope: 'kms:sign', identities: ['authz'] })
  @Get('either')
  either(@CurrentAccessToken() token: AccessTokenClaims, @CurrentIdentity() identity: string): unknown {
    return seen(token, identity);
  }
}

@Module({ imports: [AccessModule.forRoot({ verifier })], controllers: [DoorsController] })
class DoorsModule {}

describe('access', () => {
  let pki: SpecPki;
  let service: SpecService;
  let authz: IssuedCertificate;
  let idp: IssuedCertificate;
  beforeAll(async () => {
    pki = await specPki();
    [authz, idp] = await Promise.all([pki.issue('authz'), pki.issue('idp')]);
    service = await specService(pki, { module: DoorsModule });
  });
  afterAll(async () => {
    await service.close();
    await pki.close();
  });
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token.replace(':', '~')}` } });

  it('lets anyone into a public route, and tells it of nobody', async () => {
    expect((await service.call('/public', { certificate: authz, ...bearer('with-admin') })).json).toEqual({});
  });

  describe('by identity', () => {
    it('lets the declared identity in', async () => {
      expect((await service.call('/internal', { certificate: authz })).json).toEqual({ identity: 'authz' });
    });

    it('answers 401 without a client certificate, whatever token there is', async () => {
      for (const call of [{}, bearer('with-admin')]) {
        const { status, json, headers } = await service.call('/internal', call);
        expect([status, json.code, headers['www-authenticate']]).toEqual([
          401,
          'client_certificate_required',
          'ClientCertificate',
        ]);
      }
    });

    it('answers 403 to another identity', async () => {
      expect((await service.call('/internal', { certificate: idp })).json).toMatchObject({
        status: 403,
        code: 'identity_not_allowed',
      });
    });

    it('takes no certificate of another authority', async () => {
      const foreign = await createAuthority({ commonName: 'test', days: 1 });
      const certificate = await issueCertificate(foreign, { identity: 'authz', days: 1 });
      expect((await service.call('/internal', { certificate })).status).toBe(401);
    });

    it.each(['x-client-cert', 'x-forwarded-client-cert', 'x-ssl-client-s-dn', 'ssl-client-cert', 'x-forwarded-for'])(
      'ignores the header %s',
      async (header) => {
        const headers = { [header]: 'spiffe://cryptoutil/authz' };
        expect((await service.call('/internal', { headers })).status).toBe(401);
      },
    );
  });

  describe('by scope (RFC 6750 §3)', () => {
    it.each(['read:resource', 'admin'])('lets any of the scopes in (%s)', async (scope) => {
      expect((await service.call('/scope', bearer(`with-${scope}`))).json).toEqual({ sub: 'alice' });
    });

    it('answers 401 without an error code when there is no token, and names the scopes', async () => {
      const { status, headers } = await service.call('/scope');
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer scope="read:resource admin"']);
    });

    it('answers 401 to another scheme and to a token in the query', async () => {
      expect((await service.call('/scope', { headers: { authorization: 'Basic eDp5' } })).status).toBe(401);
      expect((await service.call('/scope?access_token=with-admin')).status).toBe(401);
    });

    it('answers 401 invalid_token to a refused token', async () => {
      const { status, json, headers } = await service.call('/scope', bearer('other'));
      expect([status, json.code]).toEqual([401, 'invalid_token']);
      expect(headers['www-authenticate']).toBe(
        'Bearer error="invalid_token", error_description="The access token expired"',
      );
    });

    it('answers 403 insufficient_scope and names what would do', async () => {
      const { status, json, headers } = await service.call('/scope', bearer('with-write:resource'));
      expect([status, json.code]).toEqual([403, 'insufficient_scope']);
      expect(headers['www-authenticate']).toMatch(/^Bearer error="insufficient_scope", .*scope="read:resource admin"$/);
    });

    it.each([
      ['a malformed header', { headers: { authorization: 'Bearer a b' } }],
      ['two headers', { headers: { authorization: ['Bearer with-admin', 'Bearer with-admin'] } }],
    ])('answers 400 invalid_request to %s', async (_name, call) => {
      const { status, headers } = await service.call('/scope', call);
      expect([status, headers['www-authenticate']]).toEqual([400, expect.stringContaining('error="invalid_request"')]);
    });

    it('answers 503 when nobody can tell whether the token is good', async () => {
      const { status, headers } = await service.call('/scope', bearer('down'));
      expect([status, headers['retry-after']]).toEqual([503, '3']);
    });

    it('does not take a client certificate for a token', async () => {
      expect((await service.call('/scope', { certificate: authz })).status).toBe(401);
    });
  });

  it('lets any valid token into a route that asks for no scope', async () => {
    expect((await service.call('/any-token', bearer('with-anything'))).json).toEqual({ sub: 'alice' });
    expect((await service.call('/any-token')).headers['www-authenticate']).toBe('Bearer');
  });

  describe('by scope or identity', () => {
    it('lets in either, and says which it was', async () => {
      expect((await service.call('/either', bearer('with-kms:sign'))).json).toEqual({ sub: 'alice' });
      expect((await service.call('/either', { certificate: authz })).json).toEqual({ identity: 'authz' });
    });

    it('lets the token decide when a service presents one: its own rights do not help it', async () => {
      const refused = await service.call('/either', { certificate: authz, ...bearer('with-kms:read') });
      expect(refused.json).toMatchObject({ status: 403, code: 'insufficient_scope' });
      const let_in = await service.call('/either', { certificate: authz, ...bearer('with-kms:sign') });
      expect(let_in.json).toEqual({ sub: 'alice' });
    });

    it('refuses another identity with 403 and nobody at all with 401', async () => {
      expect((await service.call('/either', { certificate: idp })).status).toBe(403);
      expect((await service.call('/either')).status).toBe(401);
    });
  });

  describe('at the start', () => {
    @Controller('forgotten')
    class ForgottenController {
      @Get()
      anything(): string {
        return 'open';
      }
    }

    it('stops when a route does not declare who may call it, and names the route', async () => {
      @Module({ imports: [AccessModule.forRoot()], controllers: [ForgottenController] })
      class ForgottenModule {}
      await expect(specService(pki, { module: ForgottenModule })).rejects.toThrow(
        'GET ForgottenController.anything does not declare',
      );
    });

    it('stops when a scope is required and nothing verifies tokens', async () => {
      @Module({ imports: [AccessModule.forRoot()], controllers: [DoorsController] })
      class UnverifiedModule {}
      await expect(specService(pki, { module: UnverifiedModule })).rejects.toThrow(
        'DoorsController.scope requires a scope',
      );
    });

    it('stops when the application has no AccessModule at all', async () => {
      @Module({ controllers: [ForgottenController] })
      class UnguardedModule {}
      await expect(specService(pki, { module: UnguardedModule })).rejects.toThrow('AccessGuard');
    });
  });
});
