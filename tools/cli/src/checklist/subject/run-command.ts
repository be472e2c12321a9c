import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../../command-failure.js';
import type { CommandResult } from './subject.js';

const MAXIMUM_OUTPUT = 32 * 1024 * 1024;

/** Runs a program without a shell. Resolves to its exit code and what it printed; throws a `CommandFailure` when it is not installed. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { env = process.env, timeoutMs = 60_000, cwd }: { env?: NodeJS.ProcessEnv; timeoutMs?: number; cwd?: string } = {},
): Promise<CommandResult & { readonly complaint: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, env, cwd });
  const [output, complaint, code] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<number | null>((settle, fail) =>
      child.once('error', (error) => fail(notThere(program, error))).once('close', settle),
    ),
  ]);
  return { code, output, complaint };
}

/** As `runCommand`, but anything but exit code 0 is thrown with the last lines of what was printed. */
export async function outputOf(program: string, args: readonly string[], options?: Parameters<typeof runCommand>[2]) {
  const { code, output, complaint } = await runCommand(program, args, options);
  if (code === 0) return output;
  const lines = `${complaint}\n${output}`.split('\n').filter((line) => line.trim() !== '');
  throw new CommandFailure(
    `${program} ${args.slice(0, 4).join(' ')} failed (${code}): ${lines.slice(-3).join(' ') || 'no output'}`,
  );
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const part of stream.setEncoding('utf8')) {
    if (text.length < MAXIMUM_OUTPUT) text += part as string;
  }
  return text;
}

function notThere(program: string, error: Error): Error {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return missing ? new CommandFailure(`There is no ${program} on this machine (not found on PATH).`) : error;
}
