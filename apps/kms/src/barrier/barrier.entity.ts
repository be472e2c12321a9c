import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** The one row that says the kms is initialised, and by which share set it is unsealed. */
@Entity('barrier')
export class BarrierEntity {
  @PrimaryColumn({ type: 'smallint' })
  id!: number;

  @Column({ name: 'share_set', type: 'text' })
  shareSet!: string;

  /** Counts the turns of the barrier: every rotation and every new share set is one. */
  @Column({ type: 'integer', default: 1 })
  epoch!: number;

  @CreateDateColumn({ name: 'initialized_at', type: 'timestamptz' })
  initializedAt!: Date;
}

/** A wrapped intermediate or content key. */
@Entity('barrier_keys')
export class BarrierKeyEntity {
  @PrimaryColumn({ type: 'text' })
  kind!: 'intermediate' | 'content';

  @PrimaryColumn({ type: 'integer' })
  epoch!: number;

  @Column({ name: 'parent_epoch', type: 'integer' })
  parentEpoch!: number;

  @Column({ type: 'bytea' })
  wrapped!: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;
}
