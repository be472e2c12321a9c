import { notFound, RequireIdentity, ZodBody, ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { Controller, Delete, Get, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { identifierKey } from './identifier.js';
import { PutUserAccount } from './put-user.js';
import {
  listUsersSchema,
  putUserSchema,
  userListSchema,
  usernameSchema,
  userSchema,
  userView,
  type PutUser,
} from './user.schema.js';
import { UserStore } from './user.store.js';

const noSuchUser = () => notFound('There is no user of this name.', 'user_not_found');

/** Administration of users, for operators. */
@ApiTags('users')
@RequireIdentity('ops')
@Controller('admin/v1/users')
export class UsersController {
  constructor(
    private readonly users: UserStore,
    private readonly putUser: PutUserAccount,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Users in the order of their names' })
  @ZodResponse(200, userListSchema, 'A page of users')
  async list(
    @ZodQuery(listUsersSchema) { cursor, limit }: z.output<typeof listUsersSchema>,
  ): Promise<z.output<typeof userListSchema>> {
    const [found, total] = await Promise.all([this.users.list(cursor, limit + 1), this.users.count()]);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return { items: page.map(userView), total, ...(found.length > limit && last && { next_cursor: last.usernameKey }) };
  }

  @Get(':username')
  @ApiOperation({ summary: 'One user' })
  @ZodResponse(200, userSchema, 'The user')
  async show(@ZodParam('username', usernameSchema) username: string): Promise<z.output<typeof userSchema>> {
    const user = await this.users.findByUsername(identifierKey(username));
    if (!user) throw noSuchUser();
    return userView(user);
  }

  @Put(':username')
  @ApiOperation({ summary: 'Creates a user or replaces what is known of one' })
  @ZodResponse(201, userSchema, 'The user, now created')
  @ZodResponse(200, userSchema, 'The user, now replaced')
  async put(
    @ZodParam('username', usernameSchema) username: string,
    @ZodBody(putUserSchema) wanted: PutUser,
    @Res({ passthrough: true }) response: Response,
  ): Promise<z.output<typeof userSchema>> {
    const { user, created } = await this.putUser.put(username, wanted);
    response.status(created ? 201 : 200);
    return userView(user);
  }

  @Delete(':username')
  @ApiOperation({ summary: 'Removes a user with every session' })
  @ZodResponse(204, undefined, 'There is no such user any more')
  async remove(@ZodParam('username', usernameSchema) username: string): Promise<void> {
    if (!(await this.users.remove(identifierKey(username)))) throw noSuchUser();
  }
}
