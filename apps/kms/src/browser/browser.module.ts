import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { BROWSER_ORIGINS, BrowserRule } from './browser-rule.js';
import { BrowserGuard } from './browser.guard.js';
import { CsrfTokenController } from './csrf-token.controller.js';

/** The API for scripts of web pages: the same routes under another prefix, with this rule before them. */
@Module({ controllers: [CsrfTokenController] })
export class BrowserModule {
  static forRoot(origins: readonly string[]): DynamicModule {
    return {
      module: BrowserModule,
      global: true,
      providers: [
        { provide: BROWSER_ORIGINS, useValue: origins },
        BrowserRule,
        { provide: APP_GUARD, useClass: BrowserGuard },
      ],
      exports: [BrowserRule],
    };
  }
}
