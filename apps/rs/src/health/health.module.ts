import type { DynamicModule } from '@nestjs/common';
import { HealthModule } from '@cryptoutil/http';
import { DataSource } from 'typeorm';
import { Environment } from '../environment.module.js';
import { healthChecks } from './health-checks.js';

/** `/health`, and the same report at the public address of the API. */
export const healthModule = (): DynamicModule =>
  HealthModule.forRootAsync({
    inject: [DataSource, Environment],
    useFactory: (dataSource: DataSource, { kms, verifier }: Environment) => healthChecks({ dataSource, kms, verifier }),
    paths: ['/health', '/api/v1/public/health'],
  });
