import { z } from 'zod';
import { usernamePattern } from './identifier.js';
import type { User } from './user.entity.js';

/** Free text that is shown to people: no control characters and nothing that turns the direction of the words around it. */
const visibleText = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u, 'holds invisible control characters');

/** The username in the path, in the form it will be shown in. */
export const usernameSchema = z
  .string()
  .max(256)
  .transform((text) => text.normalize('NFKC').trim())
  .pipe(
    z
      .string()
      .regex(
        usernamePattern,
        'is letters and digits with . _ - + between them, 64 at most, and starts with a letter or digit',
      ),
  );

export const putUserSchema = z.strictObject({
  password: z.string().max(1024).optional().describe('New password; without it the present one stays'),
  email: z.email().max(254),
  email_verified: z.boolean().default(false),
  name: visibleText(200),
  roles: z
    .array(z.string().regex(/^[a-z][a-z0-9:_-]{0,63}$/, 'is lower-case letters, digits, : _ and -'))
    .max(32)
    .default([]),
  disabled: z.boolean().default(false).describe('A disabled account cannot sign in; its sessions end at once'),
});
export type PutUser = z.output<typeof putUserSchema>;

export const userSchema = z.object({
  sub: z.uuid(),
  username: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string(),
  roles: z.array(z.string()),
  disabled: z.boolean(),
  has_password: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const userListSchema = z.object({
  items: z.array(userSchema),
  total: z.int(),
  next_cursor: z.string().optional(),
});

export const listUsersSchema = z.object({
  cursor: z.string().max(400).default('').describe('next_cursor of the page before'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .default('50')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, 'is 1 to 200'),
});

/** What authz is told about a person. */
export const internalUserSchema = z.object({
  sub: z.uuid(),
  active: z.boolean(),
  claims: z.object({
    preferred_username: z.string(),
    name: z.string(),
    email: z.string(),
    email_verified: z.boolean(),
    roles: z.array(z.string()),
    updated_at: z.int(),
  }),
});

export const userView = (user: User): z.output<typeof userSchema> => ({
  sub: user.id,
  username: user.username,
  email: user.email,
  email_verified: user.emailVerified,
  name: user.name,
  roles: user.roles,
  disabled: user.disabledAt !== null,
  has_password: user.passwordHash !== null,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString(),
});

export const internalUserView = (user: User): z.output<typeof internalUserSchema> => ({
  sub: user.id,
  active: user.disabledAt === null,
  claims: {
    preferred_username: user.username,
    name: user.name,
    email: user.email,
    email_verified: user.emailVerified,
    roles: user.roles,
    updated_at: Math.floor(user.updatedAt.getTime() / 1000),
  },
});
