import type { ServiceName } from './services.js';

/** Each service is imported alone: the others would cost memory and time. */
const starters: Record<ServiceName, () => Promise<(env: NodeJS.ProcessEnv) => Promise<unknown>>> = {
  authz: async () => (await import('@cryptoutil/authz')).startAuthz,
  idp: async () => (await import('@cryptoutil/idp')).startIdp,
  rs: async () => (await import('@cryptoutil/rs')).startRs,
  kms: async () => (await import('@cryptoutil/kms')).startKms,
};

/** How long a service may take to stop after its parent has gone. */
const STOP_WITHIN_MS = 15_000;

/** Runs a service in this process. Telemetry is loaded first, because it changes modules that are imported after it. */
export async function runService(
  name: ServiceName,
  { exitWithParent = false }: { exitWithParent?: boolean } = {},
): Promise<void> {
  if (exitWithParent) stopWhenInputEnds();
  await import('@cryptoutil/telemetry/preload');
  const start = await starters[name]();
  const { runMain } = await import('@cryptoutil/http');
  await runMain(name, () => start(process.env));
}

/** Standard input is a pipe that nobody writes to; it ends when the process at its other end is gone, however it went. */
function stopWhenInputEnds(): void {
  process.stdin
    .on('end', () => {
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    })
    .on('error', () => undefined)
    .resume();
}
