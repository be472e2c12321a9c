import { describe, expect, it } from '@jest/globals';
import { waitingTime } from './waiting-time.js';

describe('waitingTime', () => {
  it.each([
    [0, '1 second'],
    [1, '1 second'],
    [40, '40 seconds'],
    [61, '2 minutes'],
    [3600, '1 hour'],
    [3601, '2 hours'],
  ])('says %d seconds as %j', (seconds, words) => expect(waitingTime(seconds)).toBe(words));
});
