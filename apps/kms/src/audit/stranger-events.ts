import { subscriberNetwork } from '@cryptoutil/http';
import { meter } from '@cryptoutil/telemetry';
import type { AuditEvent } from './audit-event.js';

/** After this many milliseconds what was counted becomes events, and counting begins anew. */
const WINDOW_MS = 60_000;
/** All networks together get as many events of their own as this many of them alone. */
const NETWORKS_WHOLE = 20;
/** The networks that called most are told by name; the others in one event together. */
const NETWORKS_NAMED = 20;
/** Networks whose calls are counted apart: about 1 MB. */
const NETWORKS_COUNTED = 2_000;
/** What calls are named that did not get as far as an operation. */
const UNNAMED = 'further calls';

/** Calls of one network. */
class Calls {
  whole = 0;
  further = 0;
  readonly statuses: Record<string, number> = {};

  count(status: number, times = 1): void {
    this.further += times;
    this.statuses[status] = (this.statuses[status] ?? 0) + times;
  }
}

/** Calls of one operation within the window. */
interface Window {
  whole: number;
  readonly networks: Map<string, Calls>;
  /** Networks beyond those that are counted apart. */
  readonly others: Calls;
}

/** An event that stands for many calls: how many, what they were answered, and when counting them began. */
export type CountedCalls = Pick<AuditEvent, 'who' | 'operation' | 'outcome' | 'request_id'> & {
  calls: number;
  /** How many networks called; absent: the one of `who`. */
  networks?: number | undefined;
  statuses: Record<string, number>;
  since: string;
};

/**
 * Bounds what callers whom nobody knows add to a chain that is kept for good: the first calls of a network get an event each, further ones are
 * counted, and what was counted becomes a few events a minute. The log has a line of every request all the same.
 */
export class StrangerEvents {
  readonly #windows = new Map<string, Window>();
  readonly #calls = meter().createCounter('cryptoutil.kms.audit.stranger_calls', {
    description: 'Calls of nobody who is known, by how the audit chain has them',
  });
  #since = '';
  #timer: NodeJS.Timeout | undefined;

  /** `ofNetwork`: calls of one network that get an event each within a minute. `tell`: takes the events that stand for others. */
  constructor(
    private readonly ofNetwork: number,
    private readonly tell: (counted: CountedCalls) => void,
  ) {}

  /** Whether a call gets an event of its own; otherwise it is counted. `operation`: undefined when the call did not get as far as one. */
  whole(address: string, status: number, operation: string = UNNAMED): boolean {
    const window = this.#windowOf(operation);
    const network = subscriberNetwork(address);
    let calls = window.networks.get(network);
    if (!calls && window.networks.size < NETWORKS_COUNTED) window.networks.set(network, (calls = new Calls()));
    calls ??= window.others;
    const whole = calls.whole < this.ofNetwork && window.whole < this.ofNetwork * NETWORKS_WHOLE;
    this.#calls.add(1, { recorded: whole ? 'whole' : 'counted' });
    if (whole) {
      calls.whole += 1;
      window.whole += 1;
    } else calls.count(status);
    return whole;
  }

  /** Tells what was counted, and begins anew. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const since = this.#since;
    const windows = [...this.#windows];
    this.#windows.clear();
    for (const [operation, { networks, others }] of windows) {
      const counted = [...networks]
        .filter(([, { further }]) => further > 0)
        .sort(([, a], [, b]) => b.further - a.further);
      const event = (who: string, { further: calls, statuses }: Calls) =>
        ({ who, operation, outcome: 'denied', calls, statuses, since, request_id: '' }) as const;
      for (const [network, calls] of counted.splice(0, NETWORKS_NAMED)) this.tell(event(`address:${network}`, calls));
      const networksOfOthers = counted.length + (others.further > 0 ? 1 : 0);
      for (const [, { statuses }] of counted)
        for (const [status, times] of Object.entries(statuses)) others.count(Number(status), times);
      if (others.further > 0) this.tell({ ...event('address:others', others), networks: networksOfOthers });
    }
  }

  #windowOf(operation: string): Window {
    if (!this.#timer) {
      this.#since = new Date().toISOString();
      this.#timer = setTimeout(() => this.end(), WINDOW_MS).unref();
    }
    let window = this.#windows.get(operation);
    if (!window) this.#windows.set(operation, (window = { whole: 0, networks: new Map(), others: new Calls() }));
    return window;
  }
}
