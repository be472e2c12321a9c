import { InvalidArgumentError } from 'commander';

/** Reads a port of the command line: 1 to 65535, or 0 for any free one. */
export function portArgument(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 (any free one) to 65535.');
  return port;
}
