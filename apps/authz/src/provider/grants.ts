import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { PlannedGrant, RequestedScopes } from '../interaction/answer.js';
import type { ResourceServers } from './scopes.js';

/** What of a request a grant has not settled yet, be it by granting or by refusing. */
export function unsettled(requested: RequestedScopes, grant: Grant | undefined): RequestedScopes {
  const without = (scopes: string[], settled: string | undefined) => {
    const seen = new Set(settled?.split(' '));
    return scopes.filter((scope) => !seen.has(scope));
  };
  return {
    openid: without(requested.openid, grant?.getOIDCScopeEncountered()),
    resources: Object.fromEntries(
      Object.entries(requested.resources).map(([resource, scopes]) => [
        resource,
        without(scopes, grant?.getResourceScopeEncountered(resource)),
      ]),
    ),
  };
}

export const isEmpty = ({ openid, resources }: RequestedScopes): boolean =>
  openid.length === 0 && Object.values(resources).every((scopes) => scopes.length === 0);

/** Makes or widens the grant a person agreed to and answers its id. */
export async function makeGrant(
  GrantModel: typeof Grant,
  { grantId, accountId, clientId, granted, rejected }: PlannedGrant,
): Promise<string> {
  const existing = await GrantModel.find(grantId);
  const grant = existing ?? Object.assign(new GrantModel({ accountId, clientId }), { jti: grantId });
  forgetRefusals(grant, granted);
  addScopes(grant, granted);
  if (rejected.openid.length > 0) grant.rejectOIDCScope(rejected.openid.join(' '));
  for (const [resource, scopes] of Object.entries(rejected.resources))
    if (scopes.length > 0) grant.rejectResourceScope(resource, scopes.join(' '));
  return grant.save();
}

/** The library lets a refusal win for ever; a person who allows later what was refused before has changed their mind. */
function forgetRefusals(grant: Grant, { openid, resources }: RequestedScopes): void {
  const { rejected } = grant as { rejected?: { openid?: { scope?: string }; resources?: Record<string, string> } };
  const without = (refused: string, allowed: string[]) =>
    refused
      .split(' ')
      .filter((scope) => !allowed.includes(scope))
      .join(' ');
  if (rejected?.openid?.scope) rejected.openid.scope = without(rejected.openid.scope, openid);
  for (const [resource, allowed] of Object.entries(resources)) {
    const refused = rejected?.resources?.[resource];
    if (rejected?.resources && refused) rejected.resources[resource] = without(refused, allowed);
  }
}

function addScopes(grant: Grant, { openid, resources }: RequestedScopes): void {
  if (openid.length > 0) grant.addOIDCScope(openid.join(' '));
  for (const [resource, scopes] of Object.entries(resources))
    if (scopes.length > 0) grant.addResourceScope(resource, scopes.join(' '));
}

/** The grant of this browser's session; the company's own applications (`first_party`) are granted what they ask for. */
export async function loadExistingGrant(ctx: KoaContextWithOIDC, servers: ResourceServers): Promise<Grant | undefined> {
  const { client, session, params, provider, result } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const grant = grantId ? await provider.Grant.find(grantId) : undefined;
  if (client['first_party'] !== true) return grant;
  const requested = servers.split(
    params?.['scope'] as string,
    Object.keys(ctx.oidc.resourceServers ?? {}),
    client['allowed_scopes'],
  );
  const missing = unsettled(requested, grant);
  if (isEmpty(missing)) return grant;
  const widened = grant ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  addScopes(widened, missing);
  await widened.save();
  return widened;
}
