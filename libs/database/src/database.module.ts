import { Module, type DynamicModule } from '@nestjs/common';
import { DataSource, EntityManager } from 'typeorm';
import type { Logger } from '@cryptoutil/telemetry';
import { DatabaseConnection } from './connection.js';
import { createDataSource, prepareDataSource, type DatabaseSchema } from './data-source.js';
import type { DatabaseSettings } from './settings.js';

export interface DatabaseModuleOptions extends DatabaseSchema {
  /** Told when the database is lost or back. */
  logger?: Logger;
}

/**
 * Gives the whole application one `DataSource` (and its `EntityManager`). The application starts when the database is down; it connects
 * as soon as it can, and what needs the database fails until then with an error for which `isDatabaseUnavailable` is true.
 */
@Module({})
export class DatabaseModule {
  static forRoot(settings: DatabaseSettings, options: DatabaseModuleOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          useFactory: async () => {
            const dataSource = createDataSource(settings, options, {
              onPoolError: (err) => options.logger?.warn({ err }, 'an idle database connection broke'),
            });
            await prepareDataSource(dataSource);
            return dataSource;
          },
        },
        { provide: EntityManager, useFactory: (dataSource: DataSource) => dataSource.manager, inject: [DataSource] },
        {
          provide: DatabaseConnection,
          useFactory: (dataSource: DataSource) => new DatabaseConnection(dataSource, options.logger),
          inject: [DataSource],
        },
      ],
      exports: [DataSource, EntityManager],
    };
  }
}
