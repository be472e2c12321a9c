import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { ServiceInfo } from './service-info.js';

/** Holds the application's module and what every module of it may inject. */
@Module({})
class ServiceModule {}

export function rootModule(application: Type | DynamicModule, info: ServiceInfo): DynamicModule {
  return {
    module: ServiceModule,
    global: true,
    imports: [application],
    providers: [{ provide: ServiceInfo, useValue: info }],
    exports: [ServiceInfo],
  };
}
