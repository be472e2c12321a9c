/** What a grant can allow: each operation by the name of its route, `read` (description and public keys) and `manage` (rotation, states, aliases). */
export const grantedOperations = [
  'read',
  'manage',
  'encrypt',
  'decrypt',
  'rewrap',
  'generate',
  'data-key',
  'sign',
  'verify',
  'mac',
  'mac-verify',
  'derive',
] as const;

export type GrantedOperation = (typeof grantedOperations)[number];

/** Whether these let somebody do this; who manages a key reads it too, since every change answers with the key. */
export const allows = (granted: readonly GrantedOperation[], operation: GrantedOperation): boolean =>
  granted.includes(operation) || (operation === 'read' && granted.includes('manage'));

/** Operations that bind a context, so that a grant can constrain it. */
export const operationsWithContext: readonly GrantedOperation[] = [
  'encrypt',
  'decrypt',
  'rewrap',
  'generate',
  'data-key',
];

/** Which contexts a grant is good for; names as on the wire. */
export type ContextRule = { equals: string } | { prefix: string };

/** Whether a context satisfies the rule of a grant; no rule asks for nothing, and no context satisfies no rule. */
export function satisfies(rule: ContextRule | null, context: string | undefined): boolean {
  if (rule === null) return true;
  if (context === undefined) return false;
  return 'equals' in rule ? context === rule.equals : context.startsWith(rule.prefix);
}
