import type { RsaBits } from '@cryptoutil/crypto';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** States of an elastic key that are enforced. A destroyed one is a tombstone: it keeps its name from being used again. */
export type ElasticKeyStatus = 'enabled' | 'disabled' | 'pending_deletion' | 'destroyed';

/** Who may use a key: everybody of its tenant with the scope for it, or only those with a grant. */
export type KeyAccessMode = 'tenant' | 'grants';

/** What happens to a key by itself; names as on the wire. */
export interface KeyPolicy {
  /** Age of the current version at which the next one is made. */
  rotate_every_seconds?: number | undefined;
  /** Messages counted under the current version at which the next one is made. */
  rotate_after_messages?: number | undefined;
  /** Time from a version's creation until it may be used and becomes the current one; its public key is published before. */
  activate_after_seconds?: number | undefined;
  /** Time from activation at which a version stops protecting; it goes on decrypting and verifying. */
  expire_after_seconds?: number | undefined;
  /** Time from then on during which it still decrypts and verifies; without end when absent. */
  decrypt_for_seconds?: number | undefined;
  /** Time from the end of its use until its material is destroyed. */
  destroy_after_seconds?: number | undefined;
  /** Newest versions that keep their material, the current one among them. */
  keep_versions?: number | undefined;
}

/** A named key ring of one tenant. `sealedState` is believed; the readable columns serve queries and must agree with it. */
@Entity('elastic_keys')
export class ElasticKeyEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  description!: string;

  @Column({ type: 'text' })
  algorithm!: string;

  /** Length of RSA keys; null: the default, or the algorithm says it all. */
  @Column({ name: 'key_bits', type: 'integer', nullable: true })
  keyBits!: RsaBits | null;

  @Column({ type: 'text' })
  status!: ElasticKeyStatus;

  @Column({ type: 'text' })
  access!: KeyAccessMode;

  @Column({ name: 'current_version', type: 'integer' })
  currentVersion!: number;

  /** When the key is destroyed; only while its deletion is pending. */
  @Column({ name: 'delete_after', type: 'timestamptz', nullable: true })
  deleteAfter!: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  policy!: KeyPolicy | null;

  /** Counts the changes of this row. */
  @Column({ type: 'integer' })
  generation!: number;

  /** Epoch of the content key that sealed the state. */
  @Column({ type: 'integer' })
  epoch!: number;

  @Column({ name: 'sealed_state', type: 'bytea' })
  sealedState!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
