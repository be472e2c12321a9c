import type { AccessTokenClaims } from '@cryptoutil/oauth';

/**
 * Who a resource belongs to. Users and clients are apart: a client that acts for itself has `sub` = `client_id` (RFC 9068 §2.2), and
 * one that got hold of a `client_id` equal to a user's `sub` must not be taken for that user (RFC 9700 §4.15).
 */
export const ownerOf = ({ sub, client_id }: Pick<AccessTokenClaims, 'sub' | 'client_id'>): string =>
  sub === client_id ? `client:${client_id}` : `user:${sub}`;
