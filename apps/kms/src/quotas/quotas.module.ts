import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { KeyQuotas } from './key-quotas.js';
import { QUOTAS } from './quotas.token.js';
import type { Quotas } from './quota-settings.js';
import { RequestQuotas } from './request-quotas.js';
import { RequestQuotaGuard } from './request-quota.guard.js';

/** Quotas of tenants, callers and keys. */
@Module({})
export class QuotasModule {
  static forRoot(quotas: Quotas): DynamicModule {
    return {
      module: QuotasModule,
      global: true,
      providers: [
        { provide: QUOTAS, useValue: quotas },
        KeyQuotas,
        RequestQuotas,
        { provide: APP_GUARD, useClass: RequestQuotaGuard },
      ],
      exports: [KeyQuotas, RequestQuotas],
    };
  }
}
