import { notFound, RequireIdentity, ZodParam, ZodResponse } from '@cryptoutil/http';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { internalUserSchema, internalUserView } from './user.schema.js';
import { UserStore } from './user.store.js';

const isUuid = (text: string): boolean => z.uuid().safeParse(text).success;

/** Tells authz who a subject is and whether the account is on. */
@ApiTags('internal')
@RequireIdentity('authz')
@Controller('internal/v1/users')
export class InternalUsersController {
  constructor(private readonly users: UserStore) {}

  @Get(':sub')
  @ApiOperation({ summary: 'Claims of a person and whether the account is on' })
  @ZodResponse(200, internalUserSchema, 'The person')
  async show(@ZodParam('sub', z.string().max(255)) sub: string): Promise<z.output<typeof internalUserSchema>> {
    const user = isUuid(sub) ? await this.users.findById(sub) : null;
    if (!user) throw notFound('There is no such subject.', 'user_not_found');
    return internalUserView(user);
  }
}
