/** SQLSTATE (PostgreSQL, appendix A): character_not_in_repertoire, untranslatable_character; a NUL in text or in jsonb. */
const sqlStates = new Set(['22021', '22P05']);

/**
 * Whether a statement failed because a text holds a character that PostgreSQL cannot store (NUL above all). It came from outside,
 * so it is the request that is wrong, not the service.
 */
export function isUnstorableText(error: unknown): boolean {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  return [code, driverError?.code].some((state) => typeof state === 'string' && sqlStates.has(state));
}
