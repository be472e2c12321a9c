import { Module } from '@nestjs/common';
import { CreateResource } from './create-resource.js';
import { DeleteResource } from './delete-resource.js';
import { ListResources } from './list-resources.js';
import { ProtectedResourceController } from './protected-resource.controller.js';
import { ProtectedResourceStore } from './protected-resource.store.js';
import { ReadResource } from './read-resource.js';
import { SecretNoteCipher } from './secret-note-cipher.js';

/** `/api/v1/protected/resource`. */
@Module({
  controllers: [ProtectedResourceController],
  providers: [CreateResource, ReadResource, ListResources, DeleteResource, ProtectedResourceStore, SecretNoteCipher],
})
export class ProtectedResourceModule {}
