import { TokenBucket, type Rate } from './token-bucket.js';

/**
 * A token bucket for each key, and never more than `capacity` of them: the one that was asked for longest ago goes first. A key that
 * comes back finds a full bucket, so that a limit for all keys together has to stand behind the table.
 */
export class BucketTable {
  private readonly buckets = new Map<string, TokenBucket>();
  private youngest: string | undefined;

  constructor(
    private readonly rate: Rate,
    private readonly capacity: number,
  ) {}

  /** The bucket of a key. `now`: milliseconds of a clock that only goes forward. */
  of(key: string, now: number): TokenBucket {
    let bucket = this.buckets.get(key);
    if (bucket && key === this.youngest) return bucket;
    // A map keeps the order of insertion: what is put in again is the youngest.
    if (bucket) this.buckets.delete(key);
    else {
      if (this.buckets.size >= this.capacity) this.forgetOldest();
      bucket = new TokenBucket(this.rate, now);
    }
    this.buckets.set(key, bucket);
    this.youngest = key;
    return bucket;
  }

  get size(): number {
    return this.buckets.size;
  }

  private forgetOldest(): void {
    const { value: oldest, done } = this.buckets.keys().next();
    if (!done) this.buckets.delete(oldest);
  }
}
