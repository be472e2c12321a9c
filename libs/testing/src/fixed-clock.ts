/** A clock that moves only when told. Call it for milliseconds since the epoch, as the `clock` options of the libraries do. */
export interface FixedClock {
  (): number;
  /** The same instant as a Date. */
  now(): Date;
  /** Moves forward (or, when negative, back) by seconds. */
  advance(seconds: number): void;
  set(instant: Date | string): void;
}

/** A clock that stands at `start`, by default 2026-01-01T00:00:00Z. */
export function fixedClock(start: Date | string = '2026-01-01T00:00:00Z'): FixedClock {
  let milliseconds = new Date(start).getTime();
  return Object.assign(() => milliseconds, {
    now: () => new Date(milliseconds),
    advance: (seconds: number) => void (milliseconds += seconds * 1000),
    set: (instant: Date | string) => void (milliseconds = new Date(instant).getTime()),
  });
}
