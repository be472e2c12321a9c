import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { FormTokens } from './form-tokens.js';
import { Forms } from './forms.js';

@Module({
  providers: [
    {
      provide: Forms,
      inject: [Environment],
      useFactory: ({ settings }: Environment) =>
        new Forms(new FormTokens(settings.sessionKey), new URL(settings.http.publicUrl).origin),
    },
  ],
  exports: [Forms],
})
export class FormsModule {}
