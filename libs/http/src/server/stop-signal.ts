import { stopTelemetry, type Logger } from '@cryptoutil/telemetry';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Calls `close` at the first SIGTERM or SIGINT and then ends the process with 0. Returns the function that forgets about it. */
export function onStopSignal(logger: Logger, close: (signal: NodeJS.Signals) => Promise<void>): () => void {
  const forget = () => SIGNALS.forEach((signal) => process.off(signal, stop));
  const stop = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'stopping');
    void end(logger, () => close(signal)).then((code) => process.exit(code));
  };
  SIGNALS.forEach((signal) => process.once(signal, stop));
  return forget;
}

async function end(logger: Logger, close: () => Promise<void>): Promise<number> {
  try {
    await close();
    return 0;
  } catch (err) {
    logger.error({ err }, 'stopping failed');
    return 1;
  } finally {
    await stopTelemetry();
  }
}
