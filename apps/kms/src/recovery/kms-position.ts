/** Where a kms stands: what an older copy of its database has less of. Names as in the manifest of a backup. */
export interface KmsPosition {
  initialized: boolean;
  /** Counts the turns of the barrier; null in a schema that does not count them yet. */
  barrier_epoch: number | null;
  share_set: string | null;
  root_epoch: number | null;
  intermediate_epoch: number | null;
  content_epoch: number | null;
  audit_head: { seq: number; hash: string };
}

/** Reads it with the given query function, in whatever transaction that works. Needs no unsealed kms. */
export async function kmsPosition(query: (text: string) => Promise<KmsPosition[]>): Promise<KmsPosition> {
  const [position] = await query(`
    SELECT EXISTS (SELECT FROM barrier) AS initialized,
           (SELECT (to_jsonb(barrier) ->> 'epoch')::int FROM barrier) AS barrier_epoch,
           (SELECT share_set FROM barrier) AS share_set,
           (SELECT root_epoch FROM share_sets JOIN barrier USING (share_set)) AS root_epoch,
           (SELECT max(epoch) FROM barrier_keys WHERE kind = 'intermediate') AS intermediate_epoch,
           (SELECT max(epoch) FROM barrier_keys WHERE kind = 'content') AS content_epoch,
           (SELECT json_build_object('seq', seq, 'hash', encode(hash, 'hex')) FROM audit_head) AS audit_head`);
  return position!;
}
