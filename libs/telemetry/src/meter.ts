import { metrics, type Meter } from '@opentelemetry/api';

/** Where counts and gauges of the suite are made (names begin with `cryptoutil.`). What it makes costs nothing while telemetry is off. */
export const meter = (): Meter => metrics.getMeter('cryptoutil');
