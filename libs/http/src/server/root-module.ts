import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { FailedAuthentications } from '../access/failed-authentications.js';
import { ServiceInfo } from './service-info.js';
import { Stopping } from './stopping.js';

/** Holds the application's module and what every module of it may inject. */
@Module({})
class ServiceModule {}

export function rootModule(
  application: Type | DynamicModule,
  info: ServiceInfo,
  stopping: Stopping,
  failures?: FailedAuthentications,
): DynamicModule {
  const providers = [
    { provide: ServiceInfo, useValue: info },
    { provide: Stopping, useValue: stopping },
    ...(failures ? [{ provide: FailedAuthentications, useValue: failures }] : []),
  ];
  return {
    module: ServiceModule,
    global: true,
    imports: [application],
    providers,
    exports: providers.map(({ provide }) => provide),
  };
}
