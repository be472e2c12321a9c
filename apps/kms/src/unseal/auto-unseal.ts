import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { KMS_LOGGER, UNSEAL_SHARE_FILES } from '../environment.module.js';
import { UnsealBarrier } from './unseal-barrier.js';
import { unsealFromFiles } from './unseal-from-files.js';

/** Unseals at the start, when there are share files. The start does not wait for it; `finished` does. */
@Injectable()
export class AutoUnseal implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #finished: Promise<void> = Promise.resolve();

  constructor(
    private readonly unseal: UnsealBarrier,
    @Inject(UNSEAL_SHARE_FILES) private readonly shareFiles: readonly string[],
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  /** Resolves when unsealing from files succeeded or was given up. Never rejects. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  onApplicationBootstrap(): void {
    if (this.shareFiles.length === 0) return;
    this.#finished = unsealFromFiles(this.unseal, this.shareFiles, this.logger, this.#stop.signal);
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
    await this.unseal.seal();
  }
}
