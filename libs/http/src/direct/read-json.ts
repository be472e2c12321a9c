import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { readBytes } from '../input/read-bytes.js';
import { Problem, type ProblemOptions } from '../problem/problem.js';
import { hasMoreParts } from './json-parts.js';

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i;

/**
 * Members of one body. Parsing and judging costs by their number, not by their bytes: 2 MiB of small ones would keep everybody
 * waiting for seconds.
 */
const MOST_PARTS = 10_000;

/**
 * The JSON body of a request; `{}` when it has none. Errors: `Problem` 415 for another type, charset or a compressed body, 413 for more than
 * `limitBytes` or 10,000 members, 400 for what is not JSON and when the caller goes away before its end.
 */
export async function readJson(incoming: IncomingMessage, limitBytes: number): Promise<unknown> {
  const { headers } = incoming;
  const length = Number(headers['content-length'] ?? 0);
  if (headers['transfer-encoding'] === undefined && length === 0) return {};
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  if (type !== 'application/json' && !JSON_TYPE.test(type)) throw unsupportedType();
  if (encoding.toLowerCase() !== 'identity') throw unsupportedEncoding();
  if (length > limitBytes) throw tooLarge();
  const bytes = await readBytes(incoming, { limitBytes }).catch(() => {
    throw malformed();
  });
  if (bytes === undefined) throw tooLarge();
  return parsed(bytes);
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  if (!isUtf8(bytes)) throw malformed();
  // Two elements take four bytes at least, and a member more.
  if (bytes.length > 4 * MOST_PARTS && hasMoreParts(bytes, MOST_PARTS)) throw tooManyParts();
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's own message repeats pieces of the body.
    throw malformed();
  }
}

const problem = (options: ProblemOptions) => () => new Problem(options);
const malformed = problem({ status: 400, code: 'invalid_request', detail: 'The request is not well formed.' });
const tooLarge = problem({ status: 413, code: 'payload_too_large', detail: 'The request body is too large.' });
const tooManyParts = problem({
  status: 413,
  code: 'payload_too_large',
  detail: 'The request body has too many members.',
});
const unsupportedType = problem({
  status: 415,
  code: 'unsupported_media_type',
  detail: 'The request body must be application/json.',
});
const unsupportedEncoding = problem({
  status: 415,
  code: 'unsupported_media_type',
  detail: 'The type or encoding of the request body is not supported.',
});
