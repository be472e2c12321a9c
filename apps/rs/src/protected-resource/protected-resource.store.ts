import { Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import { ProtectedResource } from './protected-resource.entity.js';

export type ResourceSummary = Pick<ProtectedResource, 'id' | 'name' | 'description' | 'createdAt'>;

/** SQL of `protected_resource`. Every statement names the owner: another one's row is as good as absent. */
@Injectable()
export class ProtectedResourceStore {
  constructor(private readonly dataSource: DataSource) {}

  async insert(resource: ProtectedResource): Promise<void> {
    await this.#repository.insert(resource);
  }

  findOwn(owner: string, id: string): Promise<ProtectedResource | null> {
    return this.#repository.findOneBy({ owner, id });
  }

  /** The owner's resources, newest first, those made before `before` only when it is given. */
  listOwn(owner: string, { limit, before }: { limit: number; before?: string }): Promise<ResourceSummary[]> {
    return this.#repository.find({
      select: { id: true, name: true, description: true, createdAt: true },
      where: before === undefined ? { owner } : { owner, id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit,
    });
  }

  /** @returns whether there was something to delete */
  async deleteOwn(owner: string, id: string): Promise<boolean> {
    const { affected } = await this.#repository.delete({ owner, id });
    return affected === 1;
  }

  get #repository() {
    return this.dataSource.getRepository(ProtectedResource);
  }
}
