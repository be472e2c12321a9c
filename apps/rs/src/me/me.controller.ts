import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentAccessToken, RequireAccessToken, ZodResponse } from '@cryptoutil/http';
import type { AccessTokenClaims } from '@cryptoutil/oauth';
import { meBody, meOf, type MeBody } from './me.schema.js';

/** The presented access token as this service understands it. */
@ApiTags('me')
@Controller('api/v1/me')
export class MeController {
  @Get()
  @RequireAccessToken()
  @ApiOperation({ summary: 'The claims of your access token' })
  @ZodResponse(200, meBody, 'The claims')
  me(@CurrentAccessToken() token: AccessTokenClaims): MeBody {
    return meOf(token);
  }
}
