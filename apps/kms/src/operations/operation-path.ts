import { invalidRequest, parseInput } from '@cryptoutil/http';
import { z } from 'zod';
import { keyHoldingIdentities as identities } from '../internal-identities/internal-identities.js';
import type { OperationRoute } from './operation.js';

// As the framework reads paths: letter case and a slash at the end do not matter.
const PATH = /^\/(service|browser)\/api\/v1\/elastic-keys\/([^/?#]+)\/([a-z-]+)(:batch)?\/?(?:[?#]|$)/i;

/** What the path of a call says. */
export interface OperationPath {
  /** The prefix of web pages. */
  readonly browser: boolean;
  /** As it stands in the path. */
  readonly id: string;
  readonly name: string;
  readonly batch: boolean;
}

/** The parts of a request's target (RFC 9112 §3.2); undefined when it is not the path of an operation. */
export function operationPath(target: string): OperationPath | undefined {
  const [, prefix, id, name, batch] = PATH.exec(target.startsWith('/') ? target : pathOf(target)) ?? [];
  if (prefix === undefined || id === undefined || name === undefined) return undefined;
  return { browser: /^b/i.test(prefix), id, name: name.toLowerCase(), batch: batch !== undefined };
}

/** Of the absolute form. */
const pathOf = (target: string): string => URL.parse(target)?.pathname ?? '';

/** The segment that names the key. Errors: `Problem` `invalid_request`. */
export function decodedId(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return parseInput(z.string(), decodeURIComponent(segment), 'id');
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalidRequest([{ name: 'id', detail: 'must be well-formed percent-encoded text' }]);
  }
}

/** Who may call an operation. */
export const accessOf = ({ scope }: OperationRoute) => ({
  scope: typeof scope === 'string' ? [scope] : scope,
  identities: [...identities],
});
