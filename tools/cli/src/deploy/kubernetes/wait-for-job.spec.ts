import { describe, expect, it } from '@jest/globals';
import type { Kubectl } from './kubectl.js';
import { waitForJob } from './wait-for-job.js';

const condition = (type: string) => ({ status: { conditions: [{ type, status: 'True', message: 'too many tries' }] } });
const telling = (...answers: object[]): Kubectl => ({
  run: () => Promise.resolve(JSON.stringify(answers.length > 1 ? answers.shift() : answers[0])),
  follow: () => {
    throw new Error('not asked');
  },
});

describe('a Job that is waited for', () => {
  it('has come to its end when it is complete, however often one has to ask', async () => {
    const kubectl = telling({}, { status: {} }, condition('Suspended'), condition('Complete'));
    await expect(waitForJob(kubectl, 'migrate', { seconds: 60, everyMs: 1 })).resolves.toBeUndefined();
  });

  it('is given up at once when it has failed, with the reason', async () => {
    await expect(waitForJob(telling({}, condition('Failed')), 'migrate', { seconds: 60, everyMs: 1 })).rejects.toThrow(
      'The job migrate failed: too many tries.',
    );
  });

  it('is given up when it is not done within the time', async () => {
    await expect(waitForJob(telling({}), 'migrate', { seconds: 0, everyMs: 1 })).rejects.toThrow(
      'was not done within 0 s',
    );
  });
});
