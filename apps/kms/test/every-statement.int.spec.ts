import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readiness } from '../src/health/readiness.js';
import { DestroyDueKeys } from '../src/key-jobs/destroy-due-keys.js';
import { RewrapJob } from '../src/rewrap/rewrap-job.js';
import { BarrierWatch } from '../src/unseal/barrier-watch.js';
import { atEveryStatement, faultyChanges } from './faulty-changes.fixture.js';
import { type KmsSuite, type Replica, kmsSuite } from './kms-suite.fixture.js';
import { type StatementFaults, faults, statementFaults } from './statement-faults.fixture.js';

const IN_EIGHT_DAYS = () => new Date(Date.now() + 8 * 86_400_000);

describe('a connection that breaks at any statement leaves the old state or the new one', () => {
  let suite: KmsSuite;
  let a: Replica;
  let faulty: StatementFaults;
  let world: Awaited<ReturnType<typeof faultyChanges>>;
  beforeAll(async () => {
    suite = await kmsSuite();
    a = await suite.start();
    const observer = await suite.start();
    const of = <T>(type: new (...parameters: never[]) => T) => a.kms.app.get<T>(type, { strict: false });
    // What runs by the clock would be counted along.
    await of(BarrierWatch).beforeApplicationShutdown();
    of(Readiness).onApplicationShutdown();
    faulty = statementFaults(of(DataSource), suite.database);
    const job = async (name: 'destroy' | 'rewrap') => {
      if (name === 'rewrap') await of(RewrapJob).run();
      else if (
        (await of(DestroyDueKeys)
          .execute(IN_EIGHT_DAYS())
          .catch(() => 0)) === 0
      )
        return { status: 503 };
      return { status: 200 };
    };
    world = await faultyChanges(suite, { call: a.call, job }, observer);
  });
  afterAll(() => suite.close());

  // Broken after statement k leaves what broken before statement k+1 leaves, so one kind sees every state there is.
  const kinds = process.env['KMS_FAULTS'] === 'all' ? faults : (['cut after'] as const);

  it.each([
    ['init', 7],
    ['unseal', 20],
    ['rotate intermediate', 10],
    ['rotate root', 10],
    ['rekey', 10],
    ['rotate content', 20],
    ['create', 8],
    ['rotate', 8],
    ['import', 8],
    ['destroy', 8],
  ] as const)(
    '%s',
    async (name, atLeast) => {
      if (name !== 'init' && name !== 'unseal') await world.begin();
      const run = await atEveryStatement(world.changes[name], kinds, faulty);
      expect(run.statements).toBeGreaterThanOrEqual(atLeast);
      // Not exactly: what the kms writes by itself meanwhile (its audit queue) is a statement of one run and not of the next.
      expect(run.faults).toBeGreaterThanOrEqual(run.statements * kinds.length);
      if (process.env['KMS_FAULTS'])
        process.stderr.write(`${name}: ${run.statements} statements, ${run.faults} faults\n`);
    },
    900_000,
  );
});
