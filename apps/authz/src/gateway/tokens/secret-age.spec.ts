import { describe, expect, it } from '@jest/globals';
import { hmacKey } from '@cryptoutil/crypto';
import type { Logger } from '@cryptoutil/telemetry';
import { SecretAge } from './secret-age.js';

const DAY = 86_400;

function ageOf(start: { writtenDaysAgo: number; usedDaysAgo: number | undefined }) {
  const now = Date.UTC(2026, 10, 22);
  const warnings: object[] = [];
  const time = { ms: now };
  const secrets = {
    current: { kid: 'one', key: hmacKey(Buffer.alloc(32)), header: '' },
    writtenAt: now - start.writtenDaysAgo * DAY * 1_000,
  };
  const asked: string[] = [];
  const store = {
    usedDaysAgo: start.usedDaysAgo,
    secondsInUse(kid: string) {
      asked.push(kid);
      return this.usedDaysAgo === undefined
        ? Promise.reject(new Error('away'))
        : Promise.resolve(this.usedDaysAgo * DAY);
    },
  };
  const logger = { warn: (fields: object) => warnings.push(fields), debug: () => undefined } as unknown as Logger;
  return { age: new SecretAge(secrets, store, logger, () => time.ms), warnings, time, secrets, store, asked };
}

describe('the age of the JWT secret', () => {
  it('is that of its first use, however new the file is', async () => {
    const { age, warnings } = ageOf({ writtenDaysAgo: 0, usedDaysAgo: 81 });
    expect(age.seconds).toBe(0);
    await age.look();
    expect(age.seconds).toBe(81 * DAY);
    expect(warnings).toEqual([{ kid: 'one', age_days: 81 }]);
  });

  it('is that of the file when it is older than the first use, or when the database does not answer', async () => {
    const older = ageOf({ writtenDaysAgo: 30, usedDaysAgo: 1 });
    await older.age.look();
    expect(older.age.seconds).toBe(30 * DAY);
    const away = ageOf({ writtenDaysAgo: 85, usedDaysAgo: undefined });
    await away.age.look();
    expect(away.age.seconds).toBe(85 * DAY);
    expect(away.warnings).toHaveLength(1);
    away.store.usedDaysAgo = 88;
    await away.age.look();
    expect(away.age.seconds).toBe(88 * DAY);
  });

  it('is warned of from the 80th day on, once a day', async () => {
    const { age, warnings, time } = ageOf({ writtenDaysAgo: 79, usedDaysAgo: 79 });
    await age.look();
    expect(warnings).toEqual([]);
    time.ms += DAY * 1_000;
    for (let count = 0; count < 3; count += 1) await age.look();
    expect(warnings).toHaveLength(1);
    time.ms += DAY * 1_000;
    await age.look();
    expect(warnings).toHaveLength(2);
  });

  it('begins again with another secret', async () => {
    const { age, secrets, store, asked } = ageOf({ writtenDaysAgo: 0, usedDaysAgo: 85 });
    await age.look();
    await age.look();
    secrets.current = { ...secrets.current, kid: 'two' };
    store.usedDaysAgo = 0;
    await age.look();
    expect(age.seconds).toBe(0);
    expect(asked).toEqual(['one', 'two']);
  });
});
