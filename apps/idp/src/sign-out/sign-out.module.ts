import { Module } from '@nestjs/common';
import { FormsModule } from '../forms/forms.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { SignOutController } from './sign-out.controller.js';

@Module({ imports: [FormsModule, PagesModule, SessionsModule], controllers: [SignOutController] })
export class SignOutModule {}
