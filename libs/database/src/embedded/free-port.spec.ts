import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort } from './free-port.js';

describe('a free port', () => {
  it('lies below those of outgoing connections, and is never offered twice in a row', async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, freePort));
    expect(new Set(ports).size).toBe(50);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_000);
  });

  it('is none that another program listens on', async () => {
    const port = await freePort();
    const taken = ((port - 20_000 + 1) % 12_000) + 20_000;
    const other = createServer();
    await new Promise<void>((settle) => other.listen(taken, '127.0.0.1', settle));
    try {
      expect(await freePort()).not.toBe(taken);
    } finally {
      other.close();
    }
  });
});
