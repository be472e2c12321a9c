import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** SQL of the times since when secrets have been signing. */
@Injectable()
export class SecretAgeStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Remembers a secret at its first use by any replica. Resolves to seconds since then, by the database's clock. */
  async secondsInUse(kid: string): Promise<number> {
    const rows = await this.dataSource.query<{ age: number }[]>(
      `INSERT INTO gateway_jwt_secret (kid) VALUES ($1)
       ON CONFLICT (kid) DO UPDATE SET kid = excluded.kid
       RETURNING extract(epoch FROM now() - first_used_at)::float8 AS age`,
      [kid],
    );
    return rows[0]!.age;
  }
}
