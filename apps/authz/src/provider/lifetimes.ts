import type { Configuration } from 'oidc-provider';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Lifetimes in seconds. A refresh token slides, but never past the grant it hangs on. */
export const lifetimes: NonNullable<Configuration['ttl']> = {
  Interaction: 10 * minute,
  AuthorizationCode: minute,
  AccessToken: 10 * minute,
  ClientCredentials: 10 * minute,
  IdToken: 10 * minute,
  RefreshToken: (_ctx, token) => Math.max(1, Math.min(14 * day, 30 * day - token.totalLifetime())),
  Grant: 30 * day,
  Session: 12 * hour,
  ReplayDetection: 10 * minute,
};
