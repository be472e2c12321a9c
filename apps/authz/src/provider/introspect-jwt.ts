import { createJwksResolver, JwtInvalid, verifyJwt, type JsonWebKey, type JwtClaims } from '@cryptoutil/crypto';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { KmsSigningKey } from '../signing-keys/kms-signing-key.js';
import { routes } from './routes.js';

/** What decides who may know about a token. */
export interface TokenParties {
  clientId: string;
  accountId?: string;
  aud: string | string[];
}

interface IntrospectionOptions {
  /** The published keys. */
  readonly keys: readonly KmsSigningKey[];
  readonly issuer: string;
  mayIntrospect(ctx: KoaContextWithOIDC, asker: Client, token: TokenParties): Promise<boolean>;
}

/**
 * Answers questions about JWT access tokens (RFC 7662), which the library refuses because it does not store them: such a token is active
 * until it ends, unless the client or the person behind it is gone or disabled. What is no token of ours is inactive, never an error.
 */
export class JwtIntrospection {
  private readonly findKey;

  constructor(private readonly options: IntrospectionOptions) {
    this.findKey = createJwksResolver({ keys: options.keys.map(publicJwk) });
  }

  /** Replaces the refusal of the library. The client has shown who it is by then. */
  async answer(ctx: KoaContextWithOIDC): Promise<void> {
    if (ctx.path !== routes.introspection) return;
    const { error } = (ctx.body ?? {}) as { error?: string };
    const { client, params } = ctx.oidc;
    if (error !== 'unsupported_token_type' || !client) return;
    ctx.status = 200;
    ctx.body = (await this.about(ctx, client, String(params?.['token']))) ?? { active: false };
  }

  private async about(ctx: KoaContextWithOIDC, asker: Client, token: string): Promise<object | undefined> {
    const claims = await this.verified(token);
    const { client_id: clientId, sub } = (claims ?? {}) as { client_id?: string; sub?: string };
    if (!claims || clientId === undefined) return undefined;
    const accountId = sub === clientId ? undefined : sub;
    const parties = { clientId, aud: claims.aud, ...(accountId !== undefined && { accountId }) };
    if (!(await this.options.mayIntrospect(ctx, asker, parties))) return undefined;
    return { active: true, ...claims, token_type: 'Bearer' };
  }

  private async verified(token: string): Promise<JwtClaims | undefined> {
    const audience = audienceOf(token);
    if (audience === undefined) return undefined;
    const expected = { issuer: this.options.issuer, audience, typ: 'at+jwt', algorithms: ['ES256'] };
    try {
      return await verifyJwt(token, { ...expected, jwks: this.findKey });
    } catch (error) {
      if (error instanceof JwtInvalid) return undefined;
      throw error;
    }
  }
}

const publicJwk = (key: KmsSigningKey): JsonWebKey => ({
  ...(key.keyObject().export({ format: 'jwk' }) as JsonWebKey),
  kid: key.kid,
  alg: key.alg,
});

/** For whom a token says it is. Nothing else is taken from it before its signature is verified; who asks is compared afterwards. */
function audienceOf(token: string): string | undefined {
  try {
    const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      aud?: unknown;
    };
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return undefined;
  }
}
