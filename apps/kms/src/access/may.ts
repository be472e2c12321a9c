import { RequireScopeOrIdentity } from '@cryptoutil/http';
import { keyHoldingIdentities } from '../internal-identities/internal-identities.js';

/** Operators administer keys of the tenant of tokens by their certificate, as a token with `kms:admin` does; they use none of them. */
const operators = ['ops'];

/** Seeing keys: scope `kms:read` or `kms:admin`; services see their own. */
export const MayRead = () =>
  RequireScopeOrIdentity({ scope: ['kms:read', 'kms:admin'], identities: [...keyHoldingIdentities, ...operators] });

/** Seeing what services have no need to see. */
export const MayInspect = () => RequireScopeOrIdentity({ scope: ['kms:read', 'kms:admin'], identities: operators });

/** Making and changing keys: scope `kms:write` or `kms:admin`. */
export const MayWrite = () => RequireScopeOrIdentity({ scope: ['kms:write', 'kms:admin'], identities: operators });

/** What cannot be taken back, and who may do what: scope `kms:admin`. */
export const MayAdminister = () => RequireScopeOrIdentity({ scope: 'kms:admin', identities: operators });
