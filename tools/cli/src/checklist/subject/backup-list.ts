import { program } from '../../processes/child-service.js';
import { runCommand } from './run-command.js';
import type { CommandResult } from './subject.js';

/** Runs `cryptoutil backup list --json`: for the sets of a home, or of folders that were named. */
export function backupList({
  home,
  folder,
  keys,
}: {
  home?: string;
  folder?: string;
  keys?: string;
}): Promise<CommandResult> {
  const named = [...(folder ? ['--folder', folder] : []), ...(keys ? ['--keys', keys] : [])];
  const env = { ...process.env, ...(home !== undefined && { CRYPTOUTIL_HOME: home }) };
  return runCommand(process.execPath, [program, 'backup', 'list', '--json', ...named], { env });
}
