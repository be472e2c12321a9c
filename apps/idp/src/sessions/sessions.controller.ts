import { notFound, RequireIdentity, ZodParam, ZodResponse } from '@cryptoutil/http';
import { Controller, Delete, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { SessionStore } from './session.store.js';
import { Sessions } from './sessions.js';

const internalSessionSchema = z.object({ sub: z.uuid().describe('Whose session it is') });

/** Lets authz ask for the session of a browser, and end it (OpenID Connect RP-Initiated Logout). */
@ApiTags('internal')
@RequireIdentity('authz')
@Controller('internal/v1/sessions')
export class SessionsController {
  constructor(
    private readonly store: SessionStore,
    private readonly sessions: Sessions,
  ) {}

  @Get(':idp_session')
  @ApiOperation({ summary: 'A session that goes on; asking is a use of it' })
  @ZodResponse(200, internalSessionSchema, 'The session goes on')
  async show(@ZodParam('idp_session', z.uuid()) handle: string): Promise<z.output<typeof internalSessionSchema>> {
    const session = await this.sessions.findByHandle(handle);
    if (!session) throw notFound('There is no such session any more.', 'session_not_found');
    return { sub: session.userId };
  }

  @Delete(':idp_session')
  @ApiOperation({ summary: 'Ends a session; also fine when there is none' })
  @ZodResponse(204, undefined, 'There is no such session any more')
  async end(@ZodParam('idp_session', z.uuid()) handle: string): Promise<void> {
    await this.store.removeByHandle(handle);
  }
}
