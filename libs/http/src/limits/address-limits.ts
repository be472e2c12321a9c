import { BucketTable } from './bucket-table.js';
import { subscriberNetwork } from './subscriber-network.js';
import { TokenBucket, type Rate } from './token-bucket.js';

/** How many addresses are remembered: about 10 MB. */
const CAPACITY = 50_000;

export interface RateLimitSettings {
  /** Of one client address (IPv6: of one /64). */
  readonly address: Rate;
  /** Of all addresses together. */
  readonly everybody: Rate;
}

/** What is told to a caller about its limit. Whole numbers; times in seconds. */
export interface Verdict {
  /** Which limit refuses; undefined when the request may come. */
  readonly refusedBy: 'address' | 'everybody' | undefined;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly retryAfterSeconds: number;
}

/** Counts what strangers ask of this process, by address and altogether, in bounded memory. */
export class AddressLimits {
  private readonly addresses: BucketTable;
  private readonly everybody: TokenBucket;

  constructor(
    private readonly settings: RateLimitSettings,
    private readonly now: () => number = () => performance.now(),
    capacity = CAPACITY,
  ) {
    this.addresses = new BucketTable(settings.address, capacity);
    this.everybody = new TokenBucket(settings.everybody, now());
  }

  /** Takes `cost` of what the address may ask, and of what all may ask. An address beyond its own limit takes nothing from the others. */
  take(address: string, cost = 1): Verdict {
    const now = this.now();
    const own = this.addresses.of(subscriberNetwork(address), now);
    const { burst } = this.settings.address;
    // What costs more than the bucket holds must still be possible for one who comes rarely.
    const ownCost = Math.min(cost, burst);
    const refusedBy = !own.take(now, ownCost) ? 'address' : this.takeOfAll(now, cost) ? undefined : 'everybody';
    const retryAfterSeconds =
      refusedBy === undefined
        ? 0
        : refusedBy === 'address'
          ? own.secondsUntil(ownCost)
          : this.everybody.secondsUntil(cost);
    return {
      refusedBy,
      limit: burst,
      remaining: own.remaining,
      resetSeconds: own.resetSeconds,
      retryAfterSeconds: refusedBy === undefined ? 0 : Math.max(1, retryAfterSeconds),
    };
  }

  private takeOfAll(now: number, cost: number): boolean {
    return this.everybody.take(now, Math.min(cost, this.settings.everybody.burst));
  }
}
