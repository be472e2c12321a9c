import { Column, Entity, PrimaryColumn } from 'typeorm';

/** States of a version that are enforced. `revoked` is for good: the version may have been seen by others. */
export type MaterialKeyStatus = 'enabled' | 'disabled' | 'revoked' | 'destroyed';

/** Whether the material was made here or brought in. */
export type MaterialOrigin = 'generated' | 'imported';

/** One version of an elastic key. Its id is the `kid` of its messages. */
@Entity('material_keys')
export class MaterialKeyEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ name: 'elastic_key_id', type: 'uuid' })
  elasticKeyId!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  status!: MaterialKeyStatus;

  @Column({ type: 'text' })
  origin!: MaterialOrigin;

  /** Until then the version does nothing; null: it was active from the beginning. */
  @Column({ name: 'activates_at', type: 'timestamptz', nullable: true })
  activatesAt!: Date | null;

  /** From then on the version only decrypts and verifies. */
  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  /** From then on it does nothing. */
  @Column({ name: 'decrypts_until', type: 'timestamptz', nullable: true })
  decryptsUntil!: Date | null;

  /** When its material is destroyed, unless it is the current version. */
  @Column({ name: 'destroy_at', type: 'timestamptz', nullable: true })
  destroyAt!: Date | null;

  /** Some time after the last use, seldom more than a minute; written in batches and never believed. */
  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  /** Counts the changes of this row's state. */
  @Column({ type: 'integer' })
  generation!: number;

  /** Epoch of the content key that sealed state and material. */
  @Column({ type: 'integer' })
  epoch!: number;

  @Column({ name: 'sealed_state', type: 'bytea' })
  sealedState!: Buffer;

  @Column({ name: 'sealed_material', type: 'bytea' })
  sealedMaterial!: Buffer;

  @Column({ name: 'public_jwk', type: 'jsonb', nullable: true })
  publicJwk!: object | null;

  @Column({ name: 'message_count', type: 'bigint' })
  messageCount!: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
