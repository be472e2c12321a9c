import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generateMaterial, importMaterial, publicJwk, signJwt, uuid } from '@cryptoutil/crypto';
import type { TestPki } from '@cryptoutil/testing';

/** An authorization server that publishes metadata and keys, and signs whatever token a test wants. */
export interface TestIssuer {
  issuer: string;
  /** A JWT access token (RFC 9068) with these scopes, space-delimited. */
  token(scope: string, claims?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export const AUDIENCE = 'https://localhost:9090';

export async function testIssuer(pki: TestPki): Promise<TestIssuer> {
  const material = importMaterial('ES256', await generateMaterial('ES256'));
  const { current } = await pki.store('authz');
  const server: Server = createServer({ cert: current.cert, key: current.key }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    const issuer = `https://localhost:${port}`;
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` },
      '/jwks': { keys: [{ ...publicJwk(material), kid: 'test' }] },
    };
    const document = documents[request.url ?? ''];
    response
      .writeHead(document ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    token: (scope, claims = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: issuer,
        aud: AUDIENCE,
        sub: 'alice',
        client_id: 'web',
        scope,
        iat: now,
        exp: now + 300,
        jti: uuid(),
        ...claims,
      };
      return signJwt(material, all, { kid: 'test', typ: 'at+jwt' });
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
