import type { z } from 'zod';
import { Problem, type ProblemField } from '../problem/problem.js';

const MAX_FIELDS = 20;
const MAX_TEXT = 200;
const MAX_DEPTH = 32;

/**
 * The value as the schema understands it. Throws a 400 problem `invalid_request` that names each wrong field (at most 20), and never
 * repeats a value. `root` names the whole when the value itself is wrong.
 */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown, root = ''): z.output<S> {
  const unfit = unfitPart(value, root ? 1 : 0);
  if (unfit) {
    const path = root ? [root, ...unfit.path] : unfit.path;
    throw invalidRequest([{ name: path.join('.').slice(0, MAX_TEXT), detail: unfit.detail }]);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(parsed.error.issues.map((issue) => field(issue, root)));
}

/** 400 `invalid_request` for these fields; the first one is also told in `detail`. */
export function invalidRequest(fields: readonly ProblemField[]): Problem {
  const [first] = fields;
  const detail = first ? `${first.name || 'The request'}: ${first.detail}` : 'The request is not well formed.';
  return new Problem({ status: 400, code: 'invalid_request', detail, fields: fields.slice(0, MAX_FIELDS) });
}

function field(issue: z.core.$ZodIssue, root: string): ProblemField {
  const path = issue.path.map(String);
  // An unknown member is reported at its parent; the client wants to read which one.
  if (issue.code === 'unrecognized_keys') path.push(issue.keys[0] ?? '');
  const name = [...(root ? [root] : []), ...path].join('.');
  return { name: name.slice(0, MAX_TEXT), detail: issue.message.slice(0, MAX_TEXT) };
}

/**
 * What no schema needs to be asked about: nesting without end, and text that no database column holds (NUL, half a surrogate pair). The
 * path is put together only on the way back from what is wrong: a batch has thousands of members that are not.
 */
function unfitPart(value: unknown, depth: number): { path: string[]; detail: string } | undefined {
  if (typeof value === 'string') return unfitText(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return { path: [], detail: 'is nested too deeply' };
  for (const name of Object.keys(value)) {
    const misnamed = unfitText(name);
    if (misnamed) return misnamed;
    const unfit = unfitPart((value as Record<string, unknown>)[name], depth + 1);
    if (unfit) return { ...unfit, path: [name, ...unfit.path] };
  }
  return undefined;
}

const unfitText = (text: string) =>
  text.includes('\0') || !text.isWellFormed()
    ? { path: [], detail: 'must be well-formed text without NUL' }
    : undefined;
