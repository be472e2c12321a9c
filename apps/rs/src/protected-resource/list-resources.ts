import { Injectable } from '@nestjs/common';
import { ProtectedResourceStore } from './protected-resource.store.js';
import type { ListResourcesQuery, ResourcePage } from './protected-resource.schema.js';

/** A page of the owner's resources, newest first, without their notes: listing decrypts nothing. */
@Injectable()
export class ListResources {
  constructor(private readonly store: ProtectedResourceStore) {}

  async run(owner: string, { limit, cursor }: ListResourcesQuery): Promise<ResourcePage> {
    // One row more than asked for tells whether there is a next page.
    const found = await this.store.listOwn(owner, { limit: limit + 1, before: cursor });
    const items = found.slice(0, limit);
    return {
      items: items.map(({ id, name, description, createdAt }) => ({
        id,
        name,
        description,
        created_at: createdAt.toISOString(),
      })),
      next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null,
    };
  }
}
