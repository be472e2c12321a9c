import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { MetricsPage } from '../metrics/metrics-page.js';
import { expositionOf } from '../metrics/snapshot.js';
import type { FromWorker, ToWorker } from './messages.js';

/** The end of the line to the process that started this worker. */
export interface Line {
  send?(message: FromWorker): void;
  on(event: 'message', hear: (message: ToWorker) => void): unknown;
}

const ANSWER_WITHIN_MS = 2_500;

/** What a worker says to the process that started it, and asks it: whoever asks a worker for metrics gets those of all workers. */
export class FrontLink extends MetricsPage {
  private readonly waiting = new Map<number, (text: string) => void>();
  private questions = 0;

  constructor(
    private readonly line: Line,
    private readonly metrics: Pick<GatewayMetrics, 'snapshots'>,
  ) {
    super();
    line.on('message', (message) => {
      if (message.kind === 'snapshots-wanted') this.send({ kind: 'snapshots', snapshots: this.metrics.snapshots() });
      else this.waiting.get(message.question)?.(message.text);
    });
  }

  /** Tells where it listens. */
  ready(url: string): void {
    this.send({ kind: 'ready', url });
  }

  /** Those of this worker alone when the other process does not answer. */
  async text(): Promise<string> {
    const question = (this.questions += 1);
    let timer: NodeJS.Timeout | undefined;
    const text = await new Promise<string | undefined>((settle) => {
      timer = setTimeout(() => settle(undefined), ANSWER_WITHIN_MS);
      this.waiting.set(question, settle);
      this.send({ kind: 'page-wanted', question });
    });
    clearTimeout(timer);
    this.waiting.delete(question);
    return text ?? expositionOf(this.metrics.snapshots());
  }

  private send(message: FromWorker): void {
    this.line.send?.(message);
  }
}
