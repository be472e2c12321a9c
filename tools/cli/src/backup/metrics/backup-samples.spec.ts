import { describe, expect, it } from '@jest/globals';
import { backupSamples } from './backup-samples.js';
import { prometheusText } from './prometheus-text.js';

const run = { operation: 'create', succeeded: true, seconds: 1.5 } as const;

describe('figures of a backup', () => {
  it('tell moments, not ages: an age that nobody renews would stand still', () => {
    const samples = backupSamples(run, {
      last_good_age_seconds: 100,
      last_verified_age_seconds: 86_400,
      sets: [
        { id: 'broken', good: false, verified_at: '2026-11-22T06:00:00Z', every_row_opened: true },
        { id: 'newest', good: true, point: '2026-11-22T04:00:00Z', bytes: 2048, verified_at: '2026-11-22T04:30:00Z' },
        { id: 'older', good: true, bytes: 1, verified_at: '2026-11-21T04:30:00Z', every_row_opened: true },
      ],
    });
    expect(
      Object.fromEntries(samples.map(({ name, value }) => [name.replace('cryptoutil.backup.', ''), value])),
    ).toEqual({
      succeeded: 1,
      duration: 1.5,
      last_good_time: Date.UTC(2026, 10, 22, 4) / 1000,
      last_verified_time: Date.UTC(2026, 10, 21, 4, 30) / 1000,
      size: 2048,
      sets: 2,
    });
  });

  it('say nothing of what there is none of, and that a run failed', () => {
    const failed = { ...run, succeeded: false };
    expect(backupSamples(failed, undefined).map(({ name, value }) => [name, value])).toEqual([
      ['cryptoutil.backup.succeeded', 0],
      ['cryptoutil.backup.duration', 1.5],
    ]);
    const none = { last_good_age_seconds: null, last_verified_age_seconds: null, sets: [] };
    expect(backupSamples(failed, none).at(-1)).toMatchObject({ name: 'cryptoutil.backup.sets', value: 0 });
  });

  it('are written in the text format of Prometheus, with the unit in the name', () => {
    expect(prometheusText(backupSamples(run, undefined))).toBe(
      [
        '# HELP cryptoutil_backup_succeeded Whether the last run succeeded: 1 or 0',
        '# TYPE cryptoutil_backup_succeeded gauge',
        'cryptoutil_backup_succeeded{operation="create"} 1',
        '# HELP cryptoutil_backup_duration_seconds How long the last run took',
        '# TYPE cryptoutil_backup_duration_seconds gauge',
        'cryptoutil_backup_duration_seconds{operation="create"} 1.5',
        '',
      ].join('\n'),
    );
  });
});
