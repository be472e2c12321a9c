import { Module } from '@nestjs/common';
import { FormsModule } from '../forms/forms.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { HomeController } from './home.controller.js';

@Module({ imports: [FormsModule, PagesModule, SessionsModule], controllers: [HomeController] })
export class HomeModule {}
