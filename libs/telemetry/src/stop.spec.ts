import { describe, expect, it } from '@jest/globals';
import { onStop, stopTelemetry } from './stop.js';

describe('stopTelemetry', () => {
  it('runs what was remembered once, and forgives its failure', async () => {
    let stopped = 0;
    onStop(() => {
      stopped += 1;
      return Promise.reject(new Error('no collector'));
    });
    await stopTelemetry();
    await stopTelemetry();
    expect(stopped).toBe(1);
  });
});
