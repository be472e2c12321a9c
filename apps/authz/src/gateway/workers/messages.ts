import type { MetricSnapshot } from '../metrics/snapshot.js';

/** What a worker tells the process that started it. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'snapshots'; readonly snapshots: readonly MetricSnapshot[] }
  | { readonly kind: 'page-wanted'; readonly question: number };

/** What a worker is told. */
export type ToWorker =
  { readonly kind: 'snapshots-wanted' } | { readonly kind: 'page'; readonly question: number; readonly text: string };
