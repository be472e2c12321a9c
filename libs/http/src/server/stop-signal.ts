import type { Logger } from '@cryptoutil/telemetry';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Calls `close` at the first SIGTERM or SIGINT and then ends the process with 0. Returns the function that forgets about it. */
export function onStopSignal(logger: Logger, close: () => Promise<void>): () => void {
  const forget = () => SIGNALS.forEach((signal) => process.off(signal, stop));
  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'stopping');
    close().then(
      () => process.exit(0),
      (err: unknown) => {
        logger.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  SIGNALS.forEach((signal) => process.once(signal, stop));
  return forget;
}
