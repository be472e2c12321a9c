import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decryptJwe, importMaterial } from '@cryptoutil/crypto';
import {
  type ElasticKeyRow,
  type MaterialKeyRow,
  checkElasticState,
  checkMaterialState,
  openMaterial,
} from '../elastic-keys/sealed-state.js';
import { Barrier } from './barrier.js';
import { type WrappedBarrierKey, unwrapBarrierKeys } from './barrier-keys.js';
import { type ShareSet, checkShare, combineRootKey } from './share-set.js';
import { formatShare, parseShare } from './share-text.js';

const bytesOf = (text: unknown): Buffer => Buffer.from(text as string, 'hex');
const vector = JSON.parse(readFileSync(new URL('../../vectors/barrier-1.json', import.meta.url), 'utf8')) as {
  shareSet: Record<string, unknown> & { commitments: [number, string][] };
  shares: string[];
  rootKey: string;
  barrierKeys: Record<string, unknown>[];
  elasticKey: Record<string, unknown>;
  materialKey: Record<string, unknown>;
  message: { jwe: string; context: string; plaintext: string };
};
const set = {
  ...vector.shareSet,
  commitmentKey: bytesOf(vector.shareSet['commitmentKey']),
  rootCheck: bytesOf(vector.shareSet['rootCheck']),
  commitments: new Map(vector.shareSet.commitments.map(([index, commitment]) => [index, bytesOf(commitment)])),
} as unknown as ShareSet;

describe('what the first format wrote', () => {
  it('is read: each share is genuine and written alike, and any three give the root key', async () => {
    const shares = vector.shares.map(parseShare);
    expect(shares.map(formatShare)).toEqual(vector.shares);
    shares.forEach((share) => checkShare(set, share));
    expect(await combineRootKey(set, shares.slice(1, 4))).toEqual(bytesOf(vector.rootKey));
  });

  it('opens: barrier keys, states, material, and a message that was encrypted with it', async () => {
    const wrapped = vector.barrierKeys.map(
      (row) => ({ ...row, wrapped: bytesOf(row['wrapped']) }) as WrappedBarrierKey,
    );
    const barrier = new Barrier();
    barrier.unlock(unwrapBarrierKeys(bytesOf(vector.rootKey), 1, wrapped));
    checkElasticState(barrier, {
      ...vector.elasticKey,
      sealedState: bytesOf(vector.elasticKey['sealedState']),
    } as ElasticKeyRow);
    const row = {
      ...vector.materialKey,
      // What the schema since then says of a row that was there before.
      ...{ origin: 'generated', activatesAt: null, decryptsUntil: null, destroyAt: null },
      sealedState: bytesOf(vector.materialKey['sealedState']),
      sealedMaterial: bytesOf(vector.materialKey['sealedMaterial']),
    } as MaterialKeyRow;
    expect(checkMaterialState(barrier, row)).toBeNull();
    const material = importMaterial('A256KW+A256GCM', openMaterial(barrier, row));
    const { jwe, context, plaintext } = vector.message;
    expect((await decryptJwe(material, jwe, { context })).toString()).toBe(plaintext);
  });
});
