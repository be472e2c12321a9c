import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { SettingsOf } from '@cryptoutil/config';
import { mtlsAgent, type CertificateStore } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import type { Dispatcher } from 'undici';
import { Clock } from './clock.js';
import type { idpSettings } from './config.js';

export type IdpSettings = SettingsOf<typeof idpSettings>;

/** What the process was started with: settings, log, time, certificates, and the agent that speaks to authz. */
export class Environment {
  readonly agent: Dispatcher;

  constructor(
    readonly settings: IdpSettings,
    readonly logger: Logger,
    readonly certificates: CertificateStore,
    readonly clock: Clock,
  ) {
    this.agent = mtlsAgent(certificates, { serverIdentity: 'authz' });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
    this.certificates.close();
  }
}

@Global()
@Module({})
export class EnvironmentModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [
        { provide: Environment, useValue: environment },
        { provide: Clock, useValue: environment.clock },
      ],
      exports: [Environment, Clock],
    };
  }
}
