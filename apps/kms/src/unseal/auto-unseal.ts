import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { KMS_LOGGER, UNSEAL_SHARE_FILES } from '../environment.module.js';
import { UnsealBarrier } from './unseal-barrier.js';
import { unsealFromFiles } from './unseal-from-files.js';

/** Longest time to wait for the database while keys are got anew, in milliseconds. */
const REOPEN_TIMEOUT_MS = 10_000;

/** Unseals at the start, when there are share files. The start does not wait for it; `finished` does. */
@Injectable()
export class AutoUnseal implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #finished: Promise<void> = Promise.resolve();

  constructor(
    readonly unseal: UnsealBarrier,
    @Inject(UNSEAL_SHARE_FILES) private readonly shareFiles: readonly string[],
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  /** Resolves when unsealing from files succeeded or was given up. Never rejects. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  onApplicationBootstrap(): void {
    void this.again();
  }

  /** Tries the share files, when there are some. Never rejects. */
  again(): Promise<void> {
    if (this.shareFiles.length > 0)
      this.#finished = unsealFromFiles(this.unseal, this.shareFiles, this.logger, this.#stop.signal);
    return this.#finished;
  }

  /** Gets the keys that are in use now from the share files, and serves meanwhile. False when they do not open them. Never rejects. */
  async reopen(): Promise<boolean> {
    if (this.shareFiles.length === 0) return false;
    const { unseal } = this;
    await unseal.fallBehind();
    const behind = {
      get ready() {
        return unseal.ready && !unseal.behind;
      },
      status: () => unseal.status(),
      giveShare: (text: string, peer: string | undefined) => unseal.giveShare(text, peer),
    };
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REOPEN_TIMEOUT_MS)]);
    await unsealFromFiles(behind, this.shareFiles, this.logger, signal);
    return behind.ready;
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
    await this.unseal.seal();
  }
}
