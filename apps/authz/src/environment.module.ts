import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { readSettings } from '@cryptoutil/config';
import { mtlsAgent, type CertificateStore } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import type { Dispatcher } from 'undici';
import type { authzSettings } from './config.js';

export type AuthzSettings = ReturnType<typeof readSettings<typeof authzSettings>>;

/** What the process was started with: settings, log, certificates, and the one agent that speaks to the other services. */
export class Environment {
  readonly agent: Dispatcher;

  constructor(
    readonly settings: AuthzSettings,
    readonly logger: Logger,
    readonly certificates: CertificateStore,
  ) {
    this.agent = mtlsAgent(certificates);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
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
