import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { isEmailIdentifier } from './identifier.js';
import { User } from './user.entity.js';

/** SQL of user accounts. */
@Injectable()
export class UserStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Finds by username or e-mail, both already as `identifierKey`. */
  findByIdentifier(key: string): Promise<User | null> {
    return this.users().findOneBy(isEmailIdentifier(key) ? { emailKey: key } : { usernameKey: key });
  }

  findById(id: string): Promise<User | null> {
    return this.users().findOneBy({ id });
  }

  findByUsername(usernameKey: string): Promise<User | null> {
    return this.users().findOneBy({ usernameKey });
  }

  /** Users in the order of their names, from the one after `after`. */
  list(after: string, limit: number): Promise<User[]> {
    return this.users()
      .createQueryBuilder('user')
      .where('user.usernameKey > :after', { after })
      .orderBy('user.usernameKey')
      .limit(limit)
      .getMany();
  }

  count(): Promise<number> {
    return this.users().count();
  }

  /** Locks the row of a name for the rest of the transaction. */
  lockByUsername(tx: EntityManager, usernameKey: string): Promise<User | null> {
    return tx.getRepository(User).findOne({ where: { usernameKey }, lock: { mode: 'pessimistic_write' } });
  }

  async insert(tx: EntityManager, user: User): Promise<void> {
    await tx.getRepository(User).insert(user);
  }

  async update(tx: EntityManager, user: User): Promise<void> {
    await tx.getRepository(User).update({ id: user.id }, user);
  }

  /** Puts a hash of today's cost in place of the old one, unless the password was changed meanwhile. */
  async replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<void> {
    await this.users().update({ id, passwordHash: oldHash }, { passwordHash: newHash });
  }

  /** False when there was none. Its sessions go with it. */
  async remove(usernameKey: string): Promise<boolean> {
    const { affected } = await this.users().delete({ usernameKey });
    return affected === 1;
  }

  private users() {
    return this.dataSource.getRepository(User);
  }
}
