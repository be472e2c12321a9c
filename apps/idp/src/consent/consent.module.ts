import { Module } from '@nestjs/common';
import { AuthorizationServerModule } from '../authorization-server/authorization-server.module.js';
import { FormsModule } from '../forms/forms.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ConsentController } from './consent.controller.js';

@Module({
  imports: [AuthorizationServerModule, FormsModule, PagesModule, SessionsModule],
  controllers: [ConsentController],
})
export class ConsentModule {}
