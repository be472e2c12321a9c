import { CommandFailure } from '../command-failure.js';
import { withKeys, type KeyOptions } from './connect.js';
import type { Page } from './key-service.js';
import { listing, table } from './table.js';

/** What is granted to whom. */
export interface GrantOptions extends KeyOptions {
  readonly subject?: string;
  readonly client?: string;
  readonly operation: string[];
  readonly context?: string;
  readonly contextPrefix?: string;
  readonly expires?: string;
}

interface Grant {
  readonly id: string;
  readonly grantee: { readonly subject?: string; readonly client_id?: string };
  readonly operations: string[];
  readonly context?: object;
  readonly expires_at?: string;
  readonly created_by: string;
  readonly [member: string]: unknown;
}

/** Lets somebody do something with a key whose access is by grants. */
export function grantKey(key: string, options: GrantOptions): Promise<void> {
  const { subject, client, operation: operations, context, contextPrefix, expires } = options;
  if (subject === undefined && client === undefined)
    throw new CommandFailure('Who is meant? --subject, --client or both are needed.');
  if (context !== undefined && contextPrefix !== undefined)
    throw new CommandFailure('--context and --context-prefix cannot stand together.');
  const rule =
    context !== undefined ? { equals: context } : contextPrefix !== undefined ? { prefix: contextPrefix } : undefined;
  return withKeys(options, 'ops', async (keys) => {
    const grant = await keys.call<Grant>('POST', `${await keys.path(key)}/grants`, {
      grantee: { subject, client_id: client },
      operations,
      context: rule,
      expires_at: expires,
    });
    console.log(options.json ? JSON.stringify(grant, undefined, 2) : listing(grant));
  });
}

export function listGrants(key: string, options: KeyOptions): Promise<void> {
  return withKeys(options, 'ops', async (keys) => {
    const page = await keys.call<Page<Grant>>('GET', `${await keys.path(key)}/grants`);
    if (options.json) return console.log(JSON.stringify(page, undefined, 2));
    const rows = page.items.map((grant) => [
      ...[grant.id, grant.grantee.subject ?? 'any', grant.grantee.client_id ?? 'any', grant.operations.join(',')],
      ...[grant.context === undefined ? 'any' : JSON.stringify(grant.context), grant.expires_at ?? 'never'],
      grant.created_by,
    ]);
    console.log(table(['ID', 'SUBJECT', 'CLIENT', 'OPERATIONS', 'CONTEXT', 'EXPIRES', 'BY'], rows));
  });
}

/** Takes a grant back; it is worth nothing from then on. */
export function revokeGrant(key: string, grant: string, options: KeyOptions): Promise<void> {
  return withKeys(options, 'ops', async (keys) => {
    await keys.call('DELETE', `${await keys.path(key)}/grants/${encodeURIComponent(grant)}`);
    console.log(options.json ? JSON.stringify({ revoked: grant }) : `The grant ${grant} is worth nothing any more.`);
  });
}
