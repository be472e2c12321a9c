// The program of a worker. Telemetry is loaded first, because it changes modules that are imported after it.
await import('@cryptoutil/telemetry/preload');
const { runMain } = await import('@cryptoutil/http');
const { startWorker } = await import('./start-worker.js');
await runMain('auth-service worker', () => startWorker(process.env));

export {};
