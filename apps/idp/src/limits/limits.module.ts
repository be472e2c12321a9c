import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { SignInBuckets } from './sign-in-buckets.js';
import { SignInFailureStore } from './sign-in-failure.store.js';
import { SignInReset } from './sign-in-reset.js';
import { SignInLimits } from './sign-in-limits.js';

@Module({
  providers: [
    SignInFailureStore,
    SignInLimits,
    SignInReset,
    {
      provide: SignInBuckets,
      inject: [Environment],
      useFactory: ({ settings }: Environment) => new SignInBuckets(settings.sessionKey),
    },
  ],
  exports: [SignInFailureStore, SignInLimits, SignInReset],
})
export class LimitsModule {}
