import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';

/** The logger of the service. */
export const KMS_LOGGER = Symbol('KMS_LOGGER');
/** Paths of the share files; empty: operators unseal. */
export const UNSEAL_SHARE_FILES = Symbol('UNSEAL_SHARE_FILES');

/** What the process was given at its start. */
@Module({})
export class EnvironmentModule {
  static forRoot({ logger, shareFiles }: { logger: Logger; shareFiles: readonly string[] }): DynamicModule {
    const providers = [
      { provide: KMS_LOGGER, useValue: logger },
      { provide: UNSEAL_SHARE_FILES, useValue: shareFiles },
    ];
    return { module: EnvironmentModule, global: true, providers, exports: providers };
  }
}
