import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan, type EntityManager } from 'typeorm';
import type { Bucket } from './sign-in-buckets.js';
import { SignInFailure } from './sign-in-failure.entity.js';

/** SQL of the failure counters. They are shared by all replicas. */
@Injectable()
export class SignInFailureStore {
  constructor(private readonly dataSource: DataSource) {}

  find(buckets: readonly Bucket[], now: Date): Promise<SignInFailure[]> {
    const names = buckets.map(({ name }) => name);
    return this.dataSource.getRepository(SignInFailure).findBy({ bucket: In(names), expiresAt: MoreThan(now) });
  }

  /** Adds one failure to each bucket and sets how long it is shut, in one atomic statement; in one order, so that two never deadlock. */
  async add(buckets: readonly Bucket[], now: Date): Promise<void> {
    const sorted = [...buckets].sort((a, b) => (a.name < b.name ? -1 : 1));
    await this.dataSource.query(
      `WITH policy AS (
         SELECT * FROM unnest($2::text[], $3::int[], $4::int[], $5::int[], $6::int[])
                    AS p (bucket, free, longest_delay, shut_at, forget_after)
       )
       INSERT INTO sign_in_failure AS f (bucket, failures, blocked_until, expires_at)
       SELECT bucket, 1, NULL, $1::timestamptz + make_interval(secs => forget_after) FROM policy
       ON CONFLICT (bucket) DO UPDATE SET
         failures = CASE WHEN f.expires_at <= $1 THEN 1 ELSE f.failures + 1 END,
         expires_at = excluded.expires_at,
         blocked_until = (
           SELECT CASE
                    WHEN f.expires_at <= $1 OR f.failures + 1 <= free THEN NULL
                    WHEN f.failures + 1 >= shut_at THEN excluded.expires_at
                    ELSE $1::timestamptz
                         + make_interval(secs => least(longest_delay, power(2, least(f.failures - free, 30))))
                  END
             FROM policy WHERE policy.bucket = excluded.bucket)`,
      [
        now,
        sorted.map(({ name }) => name),
        sorted.map(({ policy }) => policy.free),
        sorted.map(({ policy }) => policy.longestDelaySeconds),
        sorted.map(({ policy }) => policy.shutAt ?? null),
        sorted.map(({ policy }) => policy.forgetAfterSeconds),
      ],
    );
  }

  async reset(buckets: readonly Bucket[], tx: EntityManager = this.dataSource.manager): Promise<void> {
    await tx.getRepository(SignInFailure).delete({ bucket: In(buckets.map(({ name }) => name)) });
  }

  async removeForgotten(now: Date): Promise<void> {
    await this.dataSource.query('DELETE FROM sign_in_failure WHERE expires_at <= $1', [now]);
  }
}
