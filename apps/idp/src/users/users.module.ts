import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { InternalUsersController } from './internal-users.controller.js';
import { PutUserAccount } from './put-user.js';
import { UserStore } from './user.store.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [LimitsModule, SessionsModule],
  controllers: [UsersController, InternalUsersController],
  providers: [UserStore, PutUserAccount],
  exports: [UserStore],
})
export class UsersModule {}
