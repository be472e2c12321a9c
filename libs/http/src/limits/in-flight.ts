import { meter } from '@cryptoutil/telemetry';
import { unavailable, type Problem } from '../problem/problem.js';

/** Counts the requests of a process that wait for their answers, whichever way they are served. */
export class InFlight {
  private count = 0;
  private readonly shed = meter().createCounter('cryptoutil.http.shed', {
    description: 'Requests answered with 503 because too many were in flight',
  });

  constructor(private readonly most: number) {}

  /** False, and counted as shed, when too many wait already; else `leave` is owed. */
  enter(): boolean {
    if (this.count < this.most) {
      this.count += 1;
      return true;
    }
    this.shed.add(1);
    return false;
  }

  leave(): void {
    this.count -= 1;
  }
}

/** What is answered to those who do not get in: 503 with Retry-After. */
export const overloaded = (): Problem => unavailable('Too many requests are being served; try again.', 1, 'overloaded');
