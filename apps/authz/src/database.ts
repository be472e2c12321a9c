import { Initial1763776800000 } from '../migrations/1763776800000-initial.js';
import { AuthService1763781000000 } from '../migrations/1763781000000-auth-service.js';
import { AuthServiceJwtSecret1763802000000 } from '../migrations/1763802000000-auth-service-jwt-secret.js';

/** Stores speak SQL, so there are no entities. */
export const entities = [];

/** In the order they are applied. */
export const migrations = [Initial1763776800000, AuthService1763781000000, AuthServiceJwtSecret1763802000000];
