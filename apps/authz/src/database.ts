import { Initial1763776800000 } from '../migrations/1763776800000-initial.js';

/** Stores speak SQL, so there are no entities. */
export const entities = [];

/** In the order they are applied. */
export const migrations = [Initial1763776800000];
