import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { readSettings } from '@cryptoutil/config';
import { mtlsAgent, type CertificateStore } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import type { Dispatcher } from 'undici';
import type { authzSettings } from './config.js';

export type AuthzSettings = ReturnType<typeof readSettings<typeof authzSettings>>;

/** What the process was started with: settings, log, certificates, and the agents that speak to the other services. */
export class Environment {
  readonly toKms: Dispatcher;
  readonly toIdp: Dispatcher;

  constructor(
    readonly settings: AuthzSettings,
    readonly logger: Logger,
    readonly certificates: CertificateStore,
  ) {
    this.toKms = mtlsAgent(certificates, { serverIdentity: 'kms' });
    this.toIdp = mtlsAgent(certificates, { serverIdentity: 'idp' });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.toKms.close(), this.toIdp.close()]);
  }
}

@Global()
@Module({})
export class EnvironmentModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [{ provide: Environment, useValue: environment }],
      exports: [Environment],
    };
  }
}
