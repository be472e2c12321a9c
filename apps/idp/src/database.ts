import type { EntityClass, MigrationClass } from '@cryptoutil/database';
import { Initial1763800000000 } from '../migrations/1763800000000-initial.js';
import { SignInFailure } from './limits/sign-in-failure.entity.js';
import { Session } from './sessions/session.entity.js';
import { User } from './users/user.entity.js';

/** What idp keeps in its database. */
export const entities: readonly EntityClass[] = [User, Session, SignInFailure];

/** The schema of idp's database, oldest first. */
export const migrations: readonly MigrationClass[] = [Initial1763800000000];
