import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row of `protected_resource`. Ids are UUID version 7, so their order is the order of creation. */
@Entity('protected_resource')
export class ProtectedResource {
  @PrimaryColumn('uuid')
  id!: string;

  /** `user:<sub>` or `client:<client_id>`, see {@link ownerOf}. */
  @Column('text')
  owner!: string;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { name: 'secret_note_jwe' })
  secretNoteJwe!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
