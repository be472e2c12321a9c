import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAccess } from '../access/key-access.js';
import { KeySource } from '../access/key-source.js';
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

  one(route: OperationRoute, operation: AnyOperation, caller: Caller, id: string, body: Record<string, unknown>) {
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
      results.push(...(await Promise.all(some.map((item) => batchItem(route, operation, keys, shared, item)))));
    }
    caller.note.items = items.length;
    caller.note.refusedItems = results.filter((result) => 'error' in result).length;
    return { items: results };
  }

  #keys(route: OperationRoute, caller: Caller, id: string): KeySource {
    return new KeySource(this.access, { caller, operation: route.name, id });
  }
}

async function perform(operation: AnyOperation, keys: KeySource, body: Record<string, unknown>): Promise<object> {
  const opened = await operation.open(keys, body);
  keys.requireContexts(body);
  if (body['dry_run'] === true) return { dry_run: true, kid: opened.kid };
  return operation.perform(opened, body);
}

async function batchItem(
  route: OperationRoute,
  operation: AnyOperation,
  keys: KeySource,
  shared: Record<string, unknown>,
  { reference, ...item }: Item,
): Promise<object> {
  const named = reference === undefined ? {} : { reference };
  const parsed = route.refined.safeParse({ ...shared, ...item });
  if (!parsed.success) return { ...named, error: { code: 'invalid_request' } };
  try {
    return { ...named, ...(await perform(operation, keys, parsed.data as Record<string, unknown>)) };
  } catch (error) {
    if (error instanceof KmsError && error.status < 500) return { ...named, error: { code: error.code } };
    throw error;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
