import { base64url, signBytes, signJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Caller } from '../access/caller.js';
import { KeyAccess, type UsableKey } from '../access/key-access.js';
import { KmsError } from '../errors/kms-error.js';
import { decodeField } from './base64url-field.js';
import type { signAnswer, signBatchAnswer, signBatchBody } from './operations.schema.js';

/** What is to be signed: exactly one of both. */
export interface SignItem {
  payload?: string | undefined;
  signing_input?: string | undefined;
}

/** Items signed in one turn of the event loop, so that a batch does not keep other calls waiting. */
const ITEMS_A_TURN = 100;

/** Signs with the current version, or with the one that was asked for. */
@Injectable()
export class Sign {
  constructor(private readonly keys: KeyAccess) {}

  /** One item. Errors: those of the key, `key_not_found` for an unknown `kid`, `invalid_request`. */
  async execute(
    caller: Caller,
    id: string,
    { kid, ...item }: SignItem & { kid?: string | undefined },
  ): Promise<z.input<typeof signAnswer>> {
    return signItem(await this.#key(caller, id, kid), item);
  }

  /** Many items with one look at the key; each has its own result or error, in order. */
  async batch(
    caller: Caller,
    id: string,
    { items, kid }: z.output<typeof signBatchBody>,
  ): Promise<z.input<typeof signBatchAnswer>> {
    const key = await this.#key(caller, id, kid);
    const results: z.input<typeof signBatchAnswer>['items'] = [];
    for (let from = 0; from < items.length; from += ITEMS_A_TURN) {
      if (from > 0) await nextTurn();
      const some = items.slice(from, from + ITEMS_A_TURN);
      results.push(...(await Promise.all(some.map((item) => signBatchItem(key, item)))));
    }
    caller.note.items = items.length;
    caller.note.refusedItems = results.filter((result) => 'error' in result).length;
    return { items: results };
  }

  async #key(caller: Caller, id: string, kid: string | undefined): Promise<UsableKey> {
    if (kid === undefined) return this.keys.openCurrent(caller, 'sign', id);
    const key = await this.keys.open(caller, 'sign', id, kid);
    if (!key) throw new KmsError('key_not_found', { field: 'kid', detail: 'The key has no such version.' });
    return key;
  }
}

async function signItem(
  { version }: UsableKey,
  { payload, signing_input }: SignItem,
): Promise<z.input<typeof signAnswer>> {
  const { kid, material } = version;
  if (payload !== undefined && signing_input === undefined) {
    return { jws: await signJws(material, decodeField('payload', payload), { kid }), kid };
  }
  if (signing_input !== undefined && payload === undefined) {
    const signature = await signBytes(material, decodeField('signing_input', signing_input));
    return { signature: base64url.encode(signature), kid };
  }
  throw new KmsError('invalid_request', {
    field: 'payload',
    detail: 'Exactly one of payload and signing_input is needed.',
  });
}

async function signBatchItem(key: UsableKey, { reference, ...item }: SignItem & { reference?: string | undefined }) {
  const named = reference === undefined ? {} : { reference };
  try {
    return { ...named, ...(await signItem(key, item)) };
  } catch (error) {
    if (error instanceof KmsError) return { ...named, error: { code: error.code } };
    throw error;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
