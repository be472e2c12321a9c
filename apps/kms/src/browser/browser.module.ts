import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BROWSER_ORIGINS, BrowserGuard } from './browser.guard.js';
import { CsrfTokenController } from './csrf-token.controller.js';

/** The API for scripts of web pages: the same controllers under another prefix, with this guard before them. */
@Module({ controllers: [CsrfTokenController] })
export class BrowserModule {
  static forRoot(origins: readonly string[]): DynamicModule {
    return {
      module: BrowserModule,
      providers: [
        { provide: BROWSER_ORIGINS, useValue: origins },
        { provide: APP_GUARD, useClass: BrowserGuard },
      ],
    };
  }
}
