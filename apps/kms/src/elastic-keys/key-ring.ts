import { type Algorithm, type KeyMaterial, importMaterial } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { KmsError } from '../errors/kms-error.js';
import { algorithmOf } from './algorithms.js';
import { ElasticKeyStore, type KeyRows } from './elastic-key.store.js';
import { SeenGenerations } from './seen-generations.js';
import {
  type ElasticKeyRow,
  type MaterialKeyRow,
  checkElasticState,
  checkMaterialState,
  elasticState,
  materialState,
  openMaterial,
} from './sealed-state.js';

/** A version of a key, unwrapped and proved. */
export interface OpenVersion {
  kid: string;
  version: number;
  status: MaterialKeyRow['status'];
  origin: MaterialKeyRow['origin'];
  activatesAt: Date | null;
  expiresAt: Date | null;
  decryptsUntil: Date | null;
  material: KeyMaterial;
  thumbprint: string | null;
}

/** A key as it stands in the database now, with the version that was asked for. */
export interface OpenKey {
  row: ElasticKeyRow;
  algorithm: Algorithm;
  /** The version that was asked for; a stand-in, the current one, when there is no such version. */
  version: OpenVersion;
  known: boolean;
}

const REMEMBERED = 10_000;

/**
 * Opens keys. The rows are read on every call, so that a change on another replica counts at once; only what is expensive to unwrap is
 * remembered, and only for as long as the sealed bytes are exactly those it was unwrapped from.
 */
@Injectable()
export class KeyRing {
  readonly #proved = new Map<string, ElasticKeyRow>();
  readonly #seen = new SeenGenerations(REMEMBERED);
  readonly #unwrapped = new Map<string, { row: MaterialKeyRow; version: OpenVersion }>();

  constructor(
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
  ) {
    barrier.onLock(() => {
      this.#proved.clear();
      this.#seen.clear();
      this.#unwrapped.clear();
    });
  }

  /** The key with its current version, or with version `kid` (`known: false` when it has none). Errors: `sealed`, `key_not_found`, `integrity`. */
  async open(tenant: string, id: string, kid?: string): Promise<OpenKey> {
    this.barrier.requireUnlocked();
    const asked = this.#seen.now;
    const rows = await this.store.findKey(tenant, id, kid);
    // The database answer took time: the kms may have been sealed in between, and what is cached was dropped with it.
    this.barrier.requireUnlocked();
    if (!rows) throw new KmsError('key_not_found');
    await this.epochs.ensure([rows.elastic, ...(rows.material ? [rows.material] : [])]);
    return this.#open(rows, kid, asked);
  }

  #open({ elastic, material }: KeyRows, kid: string | undefined, asked: number): OpenKey {
    this.#prove(elastic, asked);
    const algorithm = algorithmOf(elastic);
    if (!material) throw new KmsError('integrity', { table: 'material_keys', key_id: elastic.id });
    const version = this.#unwrap(algorithm, material, asked);
    return { row: elastic, algorithm, version, known: kid === undefined || version.kid === kid };
  }

  #prove(row: ElasticKeyRow, asked: number): void {
    const proved = this.#proved.get(row.id);
    if (proved && sameElastic(proved, row)) return void remember(this.#proved, row.id, row);
    checkElasticState(this.barrier, row);
    if (this.#seen.isOlder(row, asked)) throw new KmsError('integrity', { table: 'elastic_keys', key_id: row.id });
    remember(this.#proved, row.id, row);
  }

  #unwrap(algorithm: Algorithm, row: MaterialKeyRow, asked: number): OpenVersion {
    const known = this.#unwrapped.get(row.id);
    if (known && sameMaterial(known.row, row)) {
      known.row = row;
      return known.version;
    }
    const thumbprint = checkMaterialState(this.barrier, row);
    if (this.#seen.isOlder(row, asked))
      throw new KmsError('integrity', { table: 'material_keys', key_id: row.elasticKeyId, version: row.version });
    if (row.status === 'destroyed') throw new KmsError('key_not_found');
    const bytes = openMaterial(this.barrier, row);
    try {
      const material = importMaterial(algorithm, bytes);
      const { id: kid, version: number, status, origin, activatesAt, expiresAt, decryptsUntil } = row;
      const version = {
        ...{ kid, version: number, status, origin, activatesAt, expiresAt, decryptsUntil },
        ...{ material, thumbprint },
      };
      remember(this.#unwrapped, row.id, { row, version });
      return version;
    } finally {
      bytes.fill(0);
    }
  }
}

const sameElastic = (a: ElasticKeyRow, b: ElasticKeyRow): boolean =>
  // Calls that were answered by one statement share its rows.
  a === b ||
  (a.tenant === b.tenant &&
    a.epoch === b.epoch &&
    elasticState(a) === elasticState(b) &&
    a.sealedState.equals(b.sealedState));

const sameMaterial = (a: MaterialKeyRow, b: MaterialKeyRow): boolean =>
  a === b ||
  (a.elasticKeyId === b.elasticKeyId &&
    a.tenant === b.tenant &&
    a.version === b.version &&
    a.epoch === b.epoch &&
    materialState(a, null) === materialState(b, null) &&
    a.sealedState.equals(b.sealedState) &&
    a.sealedMaterial.equals(b.sealedMaterial));

const remember = <T>(map: Map<string, T>, key: string, value: T): void => {
  if (map.size >= REMEMBERED && !map.has(key)) map.delete(map.keys().next().value as string);
  map.set(key, value);
};
