import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';

/** The logger of the service. */
export const KMS_LOGGER = Symbol('KMS_LOGGER');
/** Paths of the share files; empty: operators unseal. */
export const UNSEAL_SHARE_FILES = Symbol('UNSEAL_SHARE_FILES');
/** Path of the anchor file; undefined: none is kept. */
export const BARRIER_ANCHOR_FILE = Symbol('BARRIER_ANCHOR_FILE');

/** Calls of one network of strangers that get an audit event each within a minute. */
export const STRANGER_EVENTS = Symbol('STRANGER_EVENTS');

export interface EnvironmentOptions {
  logger: Logger;
  shareFiles: readonly string[];
  anchorFile: string | undefined;
  keyPoolDepth: number;
  strangerEvents: number;
}

/** Keys of each slow kind that are made in advance. */
export const KEY_POOL_DEPTH = Symbol('KEY_POOL_DEPTH');

/** What the process was given at its start. */
@Module({})
export class EnvironmentModule {
  static forRoot(given: EnvironmentOptions): DynamicModule {
    const providers = [
      { provide: KMS_LOGGER, useValue: given.logger },
      { provide: UNSEAL_SHARE_FILES, useValue: given.shareFiles },
      { provide: BARRIER_ANCHOR_FILE, useValue: given.anchorFile },
      { provide: KEY_POOL_DEPTH, useValue: given.keyPoolDepth },
      { provide: STRANGER_EVENTS, useValue: given.strangerEvents },
    ];
    return { module: EnvironmentModule, global: true, providers, exports: providers };
  }
}
