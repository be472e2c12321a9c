import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A wrapping key that waits to be used; its row goes with the first attempt. */
@Entity('wrapping_keys')
export class WrappingKeyEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  tenant!: string;

  /** Epoch of the content key of the seal. */
  @Column({ type: 'integer' })
  epoch!: number;

  /** The private key (PKCS#8, DER), sealed. */
  @Column({ type: 'bytea' })
  sealed!: Buffer;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;
}
