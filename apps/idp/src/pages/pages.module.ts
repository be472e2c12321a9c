import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { AssetsController } from './assets.controller.js';
import { PageResponder } from './page-responder.js';

@Module({
  controllers: [AssetsController],
  providers: [
    {
      provide: PageResponder,
      inject: [Environment],
      useFactory: ({ settings }: Environment) => new PageResponder(new URL(settings.http.publicUrl).host),
    },
  ],
  exports: [PageResponder],
})
export class PagesModule {}
