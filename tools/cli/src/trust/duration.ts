import { CommandFailure } from '../command-failure.js';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a text such as `30s`, `10m`, `24h` or `7d`. Throws a `CommandFailure` that names the option. */
export function durationSeconds(text: string, option: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new CommandFailure(`${option} must be a duration such as 30s, 10m, 24h or 7d, not "${text}".`);
  }
  return Number(number) * UNITS[unit]!;
}
