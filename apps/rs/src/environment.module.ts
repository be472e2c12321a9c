import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { SettingsOf } from '@cryptoutil/config';
import { KmsClient } from '@cryptoutil/kms-client';
import { AccessTokenVerifier } from '@cryptoutil/oauth';
import { mtlsAgent, type CertificateStore } from '@cryptoutil/pki';
import type { Logger } from '@cryptoutil/telemetry';
import { rsScopes, type rsSettings } from './config.js';

export type RsSettings = SettingsOf<typeof rsSettings>;

/** What the process was started with, and its ways to the issuer and the kms: connections under its own certificate. */
export class Environment implements OnApplicationShutdown {
  readonly verifier: AccessTokenVerifier;
  readonly kms: KmsClient;
  readonly #toAuthz;
  readonly #toKms;

  constructor(
    readonly settings: RsSettings,
    readonly logger: Logger,
    readonly certificates: CertificateStore,
  ) {
    this.#toAuthz = mtlsAgent(certificates, { serverIdentity: 'authz' });
    this.#toKms = mtlsAgent(certificates, { serverIdentity: 'kms' });
    this.verifier = new AccessTokenVerifier({
      issuer: settings.oauth.issuer,
      audience: settings.http.publicUrl,
      dispatcher: this.#toAuthz,
      introspection: { clientId: 'rs', audiencelessScopes: Object.keys(rsScopes) },
    });
    this.kms = new KmsClient({ baseUrl: settings.kms.url, dispatcher: this.#toKms });
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#toAuthz.close(), this.#toKms.close()]);
    this.certificates.close();
  }
}

/** Gives every module the environment and the kms. */
@Global()
@Module({})
export class EnvironmentModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: EnvironmentModule,
      providers: [
        { provide: Environment, useValue: environment },
        { provide: KmsClient, useValue: environment.kms },
      ],
      exports: [Environment, KmsClient],
    };
  }
}
