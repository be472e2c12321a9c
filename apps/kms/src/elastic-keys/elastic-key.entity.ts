import { Column, Entity, PrimaryColumn } from 'typeorm';

/** States of an elastic key that are enforced. */
export type ElasticKeyStatus = 'enabled' | 'disabled';

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

  @Column({ type: 'text' })
  status!: ElasticKeyStatus;

  @Column({ name: 'current_version', type: 'integer' })
  currentVersion!: number;

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
