/** Tenant of clients that were registered without one, and of tokens that name none. */
export const DEFAULT_TENANT = 'default';

/** What a tenant is called: 1 to 63 lower-case letters, digits and dashes, no dash at its ends. */
const tenantName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Services of the suite keep their own keys in tenants of their names: no token may name one. */
const ofServices: readonly string[] = ['authz', 'idp', 'rs', 'kms', 'ops'];

/** Whether a client may be registered for this tenant, and a token may name it. */
export const isTenant = (name: string): boolean => tenantName.test(name) && !ofServices.includes(name);
