import { type RsaBits, generateMaterial, rsaBits } from '@cryptoutil/crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { Barrier } from '../barrier/barrier.js';
import { KEY_POOL_DEPTH, KMS_LOGGER } from '../environment.module.js';
import { observeKeyPools } from './key-pool-metrics.js';

/** What one pool has done since the process started. */
export interface PoolFigures {
  kind: string;
  /** Keys that it holds when it is full. */
  depth: number;
  /** Keys that wait to be taken. */
  ready: number;
  generated: number;
  taken: number;
  /** Keys that had to be made while somebody waited. */
  missed: number;
  /** How long the pool took last from lacking a key to being full, in milliseconds; null before that. */
  refillMs: number | null;
}

interface Pool extends PoolFigures {
  bits: RsaBits;
  keys: Buffer[];
  /** When it was full last, on the clock of `performance.now()`; undefined while it is. */
  lackingSince: number | undefined;
}

/** How often an unsealed kms looks whether a pool is not full, in milliseconds. */
const LOOK_EVERY_MS = 5_000;

/**
 * RSA keys made in advance, since making one takes up to seconds: on the threadpool, one at a time, while the kms is unsealed. They are only in
 * memory, a key is given out once, and sealing zeroes them.
 */
@Injectable()
export class KeyPool implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #pools: readonly Pool[];
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;
  #metrics: ReturnType<typeof observeKeyPools> | undefined;

  constructor(
    private readonly barrier: Barrier,
    @Inject(KEY_POOL_DEPTH) depth: number,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {
    this.#pools = rsaBits.map((bits) => ({
      ...{ bits, kind: `RSA-${bits}`, depth, ready: 0, generated: 0, taken: 0, missed: 0, refillMs: null },
      keys: [],
      lackingSince: undefined,
    }));
    barrier.onLock(() => this.#forget());
  }

  onApplicationBootstrap(): void {
    this.#metrics = observeKeyPools(() => this.figures);
    this.#timer = setInterval(() => void this.fill(), LOOK_EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#metrics?.end();
    this.#timer = undefined;
    this.#forget();
    await this.#filling;
    this.#forget();
  }

  /** A key (PKCS#8, DER) that nobody else gets; made now when none is ready. The caller zeroes it. */
  async take(bits: RsaBits): Promise<Buffer> {
    const pool = this.#pools.find((one) => one.bits === bits) as Pool;
    pool.taken += 1;
    const key = pool.keys.shift();
    if (pool.depth > 0) pool.lackingSince ??= performance.now();
    if (key) return key;
    pool.missed += 1;
    return this.#generate(pool);
  }

  /** Makes keys until every pool is full or the kms is sealed. Never rejects. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill().finally(() => (this.#filling = undefined));
    return this.#filling;
  }

  get figures(): PoolFigures[] {
    return this.#pools.map(({ keys, bits: _, lackingSince: __, ...figures }) => ({ ...figures, ready: keys.length }));
  }

  async #fill(): Promise<void> {
    try {
      for (let pool = this.#wanting(); pool; pool = this.#wanting()) {
        pool.lackingSince ??= performance.now();
        const key = await this.#generate(pool);
        // It may have been sealed meanwhile: what nobody takes must not stay in memory.
        if (this.barrier.locked) key.fill(0);
        else if (pool.keys.push(key) >= pool.depth) this.#full(pool);
      }
    } catch (err) {
      this.logger.error({ err }, 'A key could not be made in advance.');
    }
  }

  #full(pool: Pool): void {
    pool.refillMs = Math.round(performance.now() - (pool.lackingSince ?? performance.now()));
    pool.lackingSince = undefined;
    this.#metrics?.refilled(pool.kind, pool.refillMs / 1000);
  }

  /** The pool that lacks most, so that all of them serve soon. */
  #wanting(): Pool | undefined {
    if (this.barrier.locked) return undefined;
    const lacking = this.#pools.filter(({ keys, depth }) => keys.length < depth);
    return lacking.sort((one, other) => one.keys.length - other.keys.length)[0];
  }

  async #generate(pool: Pool): Promise<Buffer> {
    const key = await generateMaterial('RS256', { modulusLength: pool.bits });
    pool.generated += 1;
    return key;
  }

  #forget(): void {
    for (const pool of this.#pools) {
      pool.keys.splice(0).forEach((key) => key.fill(0));
      pool.lackingSince = undefined;
    }
  }
}
