import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAccess } from '../access/key-access.js';
import { KeySource, type Now, next } from '../access/key-source.js';
import { KmsError } from '../errors/kms-error.js';
import type { Operation, Opened, OperationRoute } from './operation.js';

/** An operation whose bodies were parsed by its route. */
export type AnyOperation = Operation<Record<string, unknown>, object, Opened>;
type Item = Record<string, unknown> & { reference?: string | undefined };
/** Items, and what all of them share. */
export type BatchBody = { items: Item[] } & Record<string, unknown>;

/** Items worked on in one turn of the event loop, so that a batch does not keep other calls waiting. */
const ITEMS_A_TURN = 100;

/** Runs an operation for one body or for many. */
@Injectable()
export class RunOperation {
  constructor(private readonly access: KeyAccess) {}

  one(
    route: OperationRoute,
    operation: AnyOperation,
    caller: Caller,
    id: string,
    body: Record<string, unknown>,
  ): Now<object> {
    caller.note.operation = route.name;
    return perform(operation, this.#keys(route, caller, id), body);
  }

  /** With one look at each version; each item has its own result or error, in order. A refusal of the key itself is the whole batch's. */
  async many(
    route: OperationRoute,
    operation: AnyOperation,
    caller: Caller,
    id: string,
    { items, ...shared }: BatchBody,
  ): Promise<{ items: object[] }> {
    caller.note.operation = route.name;
    const keys = this.#keys(route, caller, id);
    await operation.prepare(keys, shared);
    const results: object[] = [];
    for (let from = 0; from < items.length; from += ITEMS_A_TURN) {
      if (from > 0) await nextTurn();
      const some = items.slice(from, from + ITEMS_A_TURN);
      const answers = some.map((item) => batchItem(route, operation, keys, shared, item));
      results.push(...(answers.some(isLater) ? await Promise.all(answers.map(later)) : (answers as object[])));
    }
    caller.note.items = items.length;
    caller.note.refusedItems = results.filter((result) => 'error' in result).length;
    return { items: results };
  }

  #keys(route: OperationRoute, caller: Caller, id: string): KeySource {
    return new KeySource(this.access, { caller, operation: route.name, id });
  }
}

function perform(operation: AnyOperation, keys: KeySource, body: Record<string, unknown>): Now<object> {
  return next(operation.open(keys, body), (opened) => {
    keys.requireContexts(body);
    return body['dry_run'] === true ? { dry_run: true, kid: opened.kid } : operation.perform(opened, body);
  });
}

function batchItem(
  route: OperationRoute,
  operation: AnyOperation,
  keys: KeySource,
  shared: Record<string, unknown>,
  { reference, ...item }: Item,
): Now<object> {
  const named = reference === undefined ? {} : { reference };
  const parsed = route.refined.safeParse({ ...shared, ...item });
  if (!parsed.success) return { ...named, error: { code: 'invalid_request' } };
  const refused = (error: unknown): object => {
    if (error instanceof KmsError && error.status < 500) return { ...named, error: { code: error.code } };
    throw error;
  };
  const done = (answer: object): object => (reference === undefined ? answer : { reference, ...answer });
  try {
    const answer = perform(operation, keys, parsed.data as Record<string, unknown>);
    return answer instanceof Promise ? answer.then(done, refused) : done(answer);
  } catch (error) {
    // Not thrown here: the items before may be under way, and somebody has to wait for them.
    return Promise.reject(error as Error).catch(refused);
  }
}

const isLater = (answer: Now<object>): boolean => answer instanceof Promise;
const later = (answer: Now<object>): Promise<object> => Promise.resolve(answer);
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
