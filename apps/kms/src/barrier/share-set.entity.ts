import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A Shamir split of a root key. Replaced sets stay, so that their shares can be told as stale. */
@Entity('share_sets')
export class ShareSetEntity {
  @PrimaryColumn({ name: 'share_set', type: 'text' })
  shareSet!: string;

  @Column({ type: 'integer' })
  shares!: number;

  @Column({ type: 'integer' })
  threshold!: number;

  @Column({ name: 'root_epoch', type: 'integer' })
  rootEpoch!: number;

  @Column({ name: 'commitment_key', type: 'bytea' })
  commitmentKey!: Buffer;

  @Column({ name: 'root_check', type: 'bytea' })
  rootCheck!: Buffer;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;
}

/** HMAC commitment of one share. */
@Entity('share_commitments')
export class ShareCommitmentEntity {
  @PrimaryColumn({ name: 'share_set', type: 'text' })
  shareSet!: string;

  @PrimaryColumn({ name: 'share_index', type: 'integer' })
  shareIndex!: number;

  @Column({ type: 'bytea' })
  commitment!: Buffer;
}
