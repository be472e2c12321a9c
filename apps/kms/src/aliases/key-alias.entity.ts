import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Another name of a key, which can be moved to another key. */
@Entity('key_aliases')
export class KeyAliasEntity {
  @PrimaryColumn({ type: 'text' })
  tenant!: string;

  @PrimaryColumn({ type: 'text' })
  alias!: string;

  @Column({ name: 'elastic_key_id', type: 'uuid' })
  elasticKeyId!: string;

  /** Epoch of the content key of the seal. */
  @Column({ type: 'integer' })
  epoch!: number;

  /** Proves that the alias was pointed at this key here: nothing is inside, all is bound. */
  @Column({ type: 'bytea' })
  sealed!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
