import { randomToken } from '@cryptoutil/crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { meter, stopTelemetry } from '@cryptoutil/telemetry';
import type { BackupStatus } from '../backup-status.js';
import { backupSamples, type BackupRun, type Sample } from './backup-samples.js';
import { prometheusText } from './prometheus-text.js';

/** Where the figures of a run go, beside OTLP. */
export interface ReportOptions {
  /** File for the textfile collector of Prometheus' node exporter; replaced as a whole. */
  readonly metricsFile?: string | undefined;
}

/**
 * Does the work, and tells monitoring how it went, also when it failed: by OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set (2 s at most), and
 * in a file when one is named. Rejects as the work does; what cannot be told is on standard error and changes no result.
 */
export async function reportRun<T>(
  operation: BackupRun['operation'],
  { metricsFile }: ReportOptions,
  status: () => Promise<BackupStatus>,
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  let succeeded = false;
  try {
    const result = await work();
    succeeded = true;
    return result;
  } finally {
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const found = await status().catch(() => undefined);
    const samples = backupSamples({ operation, succeeded, seconds }, found);
    observe(samples);
    if (metricsFile !== undefined) replaceFile(metricsFile, prometheusText(samples));
    await stopTelemetry();
  }
}

/** Gauges that are read once, when telemetry ends. */
function observe(samples: readonly Sample[]): void {
  for (const { name, unit, description, value, operation } of samples) {
    meter()
      .createObservableGauge(name, { unit, description })
      .addCallback((result) => result.observe(value, operation === undefined ? {} : { operation }));
  }
}

function replaceFile(file: string, text: string): void {
  const neighbour = `${file}.${randomToken(6)}.tmp`;
  try {
    // The node exporter reads it under another account.
    writeFileSync(neighbour, text, { mode: 0o644 });
    renameSync(neighbour, file);
  } catch (error) {
    rmSync(neighbour, { force: true });
    console.error(`The figures were not written: ${(error as Error).message}`);
  }
}
