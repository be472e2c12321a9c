import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ContextRule, GrantedOperation } from './granted-operation.js';

/** Lets somebody do something with one key. Everything but the seal is repeated inside the seal, and believed only as far as it agrees. */
@Entity('key_grants')
export class KeyGrantEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ name: 'elastic_key_id', type: 'uuid' })
  elasticKeyId!: string;

  /** `sub` that the access token must have; null: any. */
  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  /** `client_id` that the access token must have; null: any. */
  @Column({ name: 'client_id', type: 'text', nullable: true })
  clientId!: string | null;

  @Column({ type: 'text', array: true })
  operations!: GrantedOperation[];

  @Column({ name: 'context_rule', type: 'jsonb', nullable: true })
  contextRule!: ContextRule | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  /** Who granted, as the audit trail names people. */
  @Column({ name: 'created_by', type: 'text' })
  createdBy!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Epoch of the content key of the seal. */
  @Column({ type: 'integer' })
  epoch!: number;

  @Column({ type: 'bytea' })
  sealed!: Buffer;
}
