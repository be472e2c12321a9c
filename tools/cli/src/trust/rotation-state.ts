import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.js';
import { readTextIfPresent, writePrivateFile } from '../home/private-file.js';
import { ownAsFolder } from './pair-files.js';

/**
 * How far the change of the authority has come. `distributed`: everybody is told to trust the new one too, the old one still issues.
 * `reissued`: every certificate is of the new one, the old one is still trusted.
 */
const schema = z.strictObject({
  phase: z.enum(['distributed', 'reissued']),
  /** SHA-256 of the new authority's certificate. */
  next: z.string(),
  begun: z.iso.datetime(),
  /** The next step refuses to run before this time. */
  notBefore: z.iso.datetime(),
  overlapSeconds: z.number().int().min(0),
});

export type Rotation = z.infer<typeof schema>;

const stateFile = (folder: string): string => join(folder, 'rotation.json');

/** The change of authority that is under way in a folder; undefined when none is. */
export function readRotation(folder: string): Rotation | undefined {
  const text = readTextIfPresent(stateFile(folder));
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new CommandFailure(
      `${stateFile(folder)} cannot be read: nothing is changed until it is as this command left it.`,
    );
  }
}

export function writeRotation(folder: string, rotation: Rotation): void {
  writePrivateFile(stateFile(folder), `${JSON.stringify(rotation, undefined, 2)}\n`);
  ownAsFolder(folder, stateFile(folder));
}

export function endRotation(folder: string): void {
  rmSync(stateFile(folder), { force: true });
}

/** What the next step of a rotation does, for people. */
export const nextStep = ({ phase }: Rotation): string =>
  phase === 'distributed'
    ? 'issue every certificate by the new authority'
    : 'stop trusting the old authority and end the rotation';
