import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { DatabaseModule, type DatabaseSettings } from '@cryptoutil/database';
import { AccessModule, type TokenVerifier } from '@cryptoutil/http';
import type { Logger } from '@cryptoutil/telemetry';
import { AttestationsModule } from './attestations/attestations.module.js';
import { AuditRoutesModule } from './audit/audit-routes.module.js';
import { BrowserModule } from './browser/browser.module.js';
import { entities, migrations } from './database.js';
import { ElasticKeyRoutesModule } from './elastic-keys/elastic-key-routes.module.js';
import { EnvironmentModule } from './environment.module.js';
import { KmsErrorInterceptor } from './errors/kms-error.interceptor.js';
import { KmsHealthModule } from './health/health.module.js';
import { JwksModule } from './jwks/jwks.module.js';
import { KeyJobsModule } from './key-jobs/key-jobs.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { QuotasModule } from './quotas/quotas.module.js';
import type { Quotas } from './quotas/quota-settings.js';
import { RekeyModule } from './rekey/rekey.module.js';
import { RewrapModule } from './rewrap/rewrap.module.js';
import { UnsealModule } from './unseal/unseal.module.js';

/** What the kms is put together with. */
export interface KmsOptions {
  database: DatabaseSettings;
  verifier: TokenVerifier;
  logger: Logger;
  shareFiles: readonly string[];
  anchorFile: string | undefined;
  /** Origins whose scripts may call. */
  browserOrigins: readonly string[];
  quotas: Quotas;
  keyPoolDepth: number;
  /** Calls of one network of strangers that get an audit event each within a minute. */
  strangerEvents: number;
}

@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: KmsErrorInterceptor }] })
export class AppModule {
  static forRoot(options: KmsOptions): DynamicModule {
    const { database, verifier, logger, browserOrigins, quotas } = options;
    return {
      module: AppModule,
      imports: [
        EnvironmentModule.forRoot(options),
        DatabaseModule.forRoot(database, { entities, migrations, logger }),
        AccessModule.forRoot({ verifier }),
        QuotasModule.forRoot(quotas),
        BrowserModule.forRoot(browserOrigins),
        KmsHealthModule,
        // First: routes are tried in this order, and nearly every call is an operation.
        OperationsModule,
        UnsealModule,
        ElasticKeyRoutesModule,
        JwksModule,
        KeyJobsModule,
        AttestationsModule,
        AuditRoutesModule,
        RewrapModule,
        RekeyModule,
      ],
    };
  }
}
