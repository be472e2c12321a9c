import { KmsRefused, KmsUnavailable } from './errors.js';
import { BATCH_LIMIT, type KmsClient } from './kms-client.js';

/** Signatures that may wait at most; more are refused at once as `overloaded`, so that a slow kms does not fill the memory. */
export const WAITING_LIMIT = 10_000;
/** Bytes that go out in one call at most. */
const BATCH_BYTES = 512 * 1024;

interface Waiting {
  data: Uint8Array;
  resolve: (signature: Uint8Array) => void;
  reject: (error: unknown) => void;
}

/**
 * Signs with one version of one key. While a call is in flight further requests wait, and go out together as the next one: alone a
 * signature waits for nobody, under load one call carries up to 1000.
 */
export class BatchedSigner {
  #waiting: Waiting[] = [];
  #inFlight = false;

  constructor(
    private readonly client: Pick<KmsClient, 'signBatch'>,
    readonly keyId: string,
    readonly kid: string,
  ) {}

  /** The raw JWS signature of `data`. Errors: `KmsUnavailable`, `KmsRefused`. */
  sign(data: Uint8Array): Promise<Uint8Array> {
    if (this.#waiting.length >= WAITING_LIMIT) return Promise.reject(new KmsUnavailable('overloaded', 1));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ data, resolve, reject });
      // Begun after the present turn, so that what is asked for in one turn goes out as one batch.
      if (!this.#inFlight) {
        this.#inFlight = true;
        queueMicrotask(() => void this.#drain());
      }
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        const results = await this.client.signBatch(
          this.keyId,
          batch.map(({ data }) => data),
          { kid: this.kid },
        );
        batch.forEach((item, at) => this.#settle(item, results[at]));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    this.#inFlight = false;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { data } of this.#waiting) {
      bytes += data.byteLength;
      if (count === BATCH_LIMIT || (count > 0 && bytes > BATCH_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #settle({ resolve, reject }: Waiting, result: Awaited<ReturnType<KmsClient['signBatch']>>[number] | undefined): void {
    if (!result) reject(new KmsUnavailable('unavailable'));
    else if (result instanceof KmsRefused) reject(result);
    // A signature of another version would not verify under the kid that the caller has put into the header already.
    else if (result.kid !== this.kid) reject(new KmsRefused('kid_mismatch'));
    else resolve(result.signature);
  }
}
