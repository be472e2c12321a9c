import type { z } from 'zod';
import type { KeySource, Now } from '../access/key-source.js';
import type { GrantedOperation } from '../grants/granted-operation.js';

/** What an operation opened before it does anything; `kid` of the version that it uses. */
export interface Opened {
  kid: string;
}

/**
 * One thing that is done with a key, in two steps: `open` makes every check that can be made without doing it (all of a `dry_run`),
 * `perform` does it. `prepare` is asked once for a batch, with what all of its items share; its refusal is the whole batch's.
 */
export interface Operation<Body, Answer, Open extends Opened = Opened> {
  prepare(keys: KeySource, shared: Partial<Body>): Now<unknown>;
  open(keys: KeySource, body: Body): Now<Open>;
  perform(opened: Open, body: Body): Now<Answer>;
}

/** An operation as routes show it. */
export interface OperationRoute {
  /** What grants and the audit trail call it too. */
  name: GrantedOperation;
  scope: string | string[];
  body: z.ZodObject;
  /** A check of the whole body beyond its members. */
  refined: z.ZodType;
  /** Members that may stand beside `items` for all of them. */
  shared: readonly string[];
  answer: z.ZodType;
  description: string;
  /** The class of its `Operation`. */
  operation: new (...dependencies: never[]) => object;
}
