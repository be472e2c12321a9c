import { statSync } from 'node:fs';
import { join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import { CommandFailure } from '../command-failure.js';
import { homeAt, homeFolder } from '../home/home.js';
import { readTextIfPresent, writePrivateFile } from '../home/private-file.js';
import { JWT_SECRET } from '../services/service-environment.js';

/** The longest that a token lives. */
const LONGEST_TTL_MS = 86_400_000;

export interface SecretFiles {
  readonly secretFile?: string;
  readonly previousFile?: string;
  readonly force?: boolean;
}

/**
 * Makes a new JWT secret and keeps the one before it, so that its tokens stay valid. Running services take both over within a second.
 * Refuses when the previous secret was current until less than a day ago: its tokens may still be in use.
 */
export function rotateSecret(options: SecretFiles, env: NodeJS.ProcessEnv = process.env): string {
  const current =
    options.secretFile ??
    env.CRYPTOUTIL_AUTH_SERVICE_JWT_SECRET_FILE ??
    join(homeAt(homeFolder()).secrets, 'authz', JWT_SECRET);
  const previous =
    options.previousFile ?? env.CRYPTOUTIL_AUTH_SERVICE_PREVIOUS_JWT_SECRET_FILE ?? `${current}-previous`;
  const secret = readTextIfPresent(current);
  if (secret === undefined) throw new CommandFailure(`There is no ${current}: name the file with --secret-file.`);
  const replacedAt = statSync(previous, { throwIfNoEntry: false })?.mtimeMs;
  if (!options.force && replacedAt !== undefined && Date.now() - replacedAt < LONGEST_TTL_MS) {
    throw new CommandFailure(
      `${previous} was replaced less than a day ago: tokens of it may still be in use, and would be refused at once. Add --force to rotate all the same.`,
    );
  }
  // In this order there is no moment in which a secret that tokens were signed with is in neither file.
  writePrivateFile(previous, secret, current);
  writePrivateFile(current, `${randomToken(48)}\n`);
  return `A new secret signs from now on: ${current}\nThe one before it still verifies: ${previous}`;
}
