import type { DataSource } from 'typeorm';

interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
}

/** How the connections of the data source's pool are used now. */
export function poolUse(dataSource: DataSource): { active(): number; idle(): number } {
  const pool = (): Pool => (dataSource.driver as { master?: Pool }).master ?? { totalCount: 0, idleCount: 0 };
  return { active: () => pool().totalCount - pool().idleCount, idle: () => pool().idleCount };
}
