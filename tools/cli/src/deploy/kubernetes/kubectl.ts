import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../../command-failure.js';

/** Runs kubectl; a failure is a `CommandFailure` with the end of what it complained about. */
export interface Kubectl {
  /** Resolves to what it printed. */
  run(args: readonly string[], input?: string): Promise<string>;
  /** Starts it and hands out what it prints. */
  follow(args: readonly string[]): { readonly output: Readable; stop(): void };
}

const SHOWN_LINES = 8;

/** kubectl as it is on PATH, with its own configuration (KUBECONFIG, context), in one namespace. */
export class KubectlProgram implements Kubectl {
  constructor(
    private readonly namespace: string,
    private readonly program = 'kubectl',
  ) {}

  async run(args: readonly string[], input?: string): Promise<string> {
    const child = this.start(args, input === undefined ? 'ignore' : 'pipe');
    let output = '';
    let complaint = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.stdin?.on('error', () => undefined).end(input);
    const code = await new Promise<number | null>((settle, fail) =>
      child.once('error', (error) => fail(notThere(this.program, error))).once('close', settle),
    );
    if (code === 0) return output;
    const lines = `${complaint}\n${output}`.split('\n').filter((line) => line.trim() !== '');
    throw new CommandFailure(`kubectl ${args.join(' ')} failed:\n${lines.slice(-SHOWN_LINES).join('\n')}`);
  }

  follow(args: readonly string[]): { readonly output: Readable; stop(): void } {
    const child = this.start(args, 'ignore');
    child.on('error', () => undefined);
    child.stderr!.resume();
    return { output: child.stdout!, stop: () => void child.kill() };
  }

  private start(args: readonly string[], input: 'ignore' | 'pipe'): ChildProcess {
    return spawn(this.program, ['--namespace', this.namespace, ...args], { stdio: [input, 'pipe', 'pipe'] });
  }
}

function notThere(program: string, error: Error): Error {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return missing ? new CommandFailure(`There is no ${program} on this machine (not found on PATH).`) : error;
}
