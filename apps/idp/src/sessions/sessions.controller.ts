import { RequireIdentity, ZodParam, ZodResponse } from '@cryptoutil/http';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { SessionStore } from './session.store.js';

/** Lets authz end the session of a browser (OpenID Connect RP-Initiated Logout). */
@ApiTags('internal')
@RequireIdentity('authz')
@Controller('internal/v1/sessions')
export class SessionsController {
  constructor(private readonly sessions: SessionStore) {}

  @Delete(':idp_session')
  @ApiOperation({ summary: 'Ends a session; also fine when there is none' })
  @ZodResponse(204, undefined, 'There is no such session any more')
  async end(@ZodParam('idp_session', z.uuid()) handle: string): Promise<void> {
    await this.sessions.removeByHandle(handle);
  }
}
