import { Module } from '@nestjs/common';
import { AssetsController } from './assets.controller.js';

/** The few pages authz shows itself: errors, sign-out, an ended sign-in. */
@Module({ controllers: [AssetsController] })
export class PagesModule {}
