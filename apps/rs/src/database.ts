import { CreateProtectedResource1795305600000 } from '../migrations/1795305600000-create-protected-resource.js';
import { ProtectedResource } from './protected-resource/protected-resource.entity.js';

/** Entities of the resource server's database. */
export const entities = [ProtectedResource];

/** Its migrations, in order. */
export const migrations = [CreateProtectedResource1795305600000];
