import { ConfigurationError } from '@cryptoutil/config';
import { redactText } from '@cryptoutil/telemetry';

interface StartError {
  code?: unknown;
  message?: unknown;
  address?: unknown;
  port?: unknown;
}

/**
 * Runs the main function of a service. When it fails to start: one clear sentence a problem on standard error, exit 1. The stack is
 * added only when the cause is none of the known ones, since then it is a fault of the program.
 */
export async function runMain(name: string, main: () => Promise<unknown>): Promise<void> {
  try {
    await main();
  } catch (error) {
    for (const sentence of startFailure(error)) process.stderr.write(`${name}: ${sentence}\n`);
    process.exit(1);
  }
}

/** Why a start failed, in sentences. */
export function startFailure(error: unknown): string[] {
  if (error instanceof ConfigurationError) return [...error.problems];
  const { code, message, address, port } = (error ?? {}) as StartError;
  switch (code) {
    case 'EADDRINUSE':
      return [
        `Port ${String(port)} on ${String(address)} is taken by another program; set CRYPTOUTIL_LISTEN_PORT to another one.`,
      ];
    case 'EACCES':
      return [
        `Listening on port ${String(port)} of ${String(address)} is not permitted; set CRYPTOUTIL_LISTEN_PORT to 1024 or more.`,
      ];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return [`${String(address)} is no address of this machine; set CRYPTOUTIL_LISTEN_HOST to one that is.`];
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
      return [`Nothing answers at ${String(address)}:${String(port)}, which is needed to start.`];
    default: {
      const stack = error instanceof Error ? error.stack : undefined;
      return [`could not start: ${redactText(stack ?? String(message ?? error))}`];
    }
  }
}
