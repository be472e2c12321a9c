import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CommandFailure } from '../command-failure.js';
import { commandLine, runCommandLine } from '../main.js';
import { portArgument } from './port-argument.js';

/** Every command with something to run, with its path. */
function leaves(command: Command, path = ''): { path: string; command: Command }[] {
  const here = `${path} ${command.name()}`.trim();
  return command.commands.length === 0
    ? [{ path: here, command }]
    : command.commands.flatMap((child) => leaves(child as Command, here));
}

describe('the command line', () => {
  const all = leaves(commandLine());
  let errors: string;
  beforeEach(() => {
    errors = '';
    jest.spyOn(console, 'error').mockImplementation((line: unknown) => void (errors += `${String(line)}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.exitCode = undefined;
  });

  it('has the commands of the suite', () => {
    expect(all.map(({ path }) => path.replace('cryptoutil ', ''))).toEqual([
      'up',
      'smoke',
      'migrate',
      'identity',
      'kms serve',
      'kms init',
      'kms unseal',
      'kms seal',
      'kms status',
      'kms audit export',
      'kms audit verify',
      'auth-service client add',
      'auth-service client list',
      'auth-service client show',
      'auth-service client disable',
      'auth-service client enable',
      'auth-service client remove',
      'auth-service endpoint add',
      'auth-service endpoint list',
      'auth-service endpoint show',
      'auth-service endpoint disable',
      'auth-service endpoint enable',
      'auth-service endpoint remove',
      'auth-service import',
      'auth-service rotate-secret',
      'pki init',
      'pki issue',
      'pki status',
      'kubernetes secrets',
      'kubernetes unseal-shares',
      'health',
    ]);
  });

  it.each(all.map(({ path, command }) => [path, command] as const))(
    '"%s --help" explains and gives examples',
    (path, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(command.description()).not.toBe('');
      expect(help).toContain('Examples:');
      expect(help).toContain(path);
      expect(help).not.toContain('exit-with-parent');
    },
  );

  it('never takes a share as an argument', () => {
    for (const { command, path } of all.filter(({ path }) => path.includes('kms'))) {
      const named = command.registeredArguments.map((argument) => argument.name());
      expect(named).toEqual(path.endsWith('audit verify') ? ['file'] : []);
      expect(command.options.map(({ long }) => long)).not.toContain('--share');
    }
  });

  it('says what went wrong in a sentence, without a stack, and exits non-zero', async () => {
    await runCommandLine(['node', 'cryptoutil', 'smoke', '--home', '/absent']);
    expect(errors).toMatch(/^There is no \/absent\/suite.json: [^\n]+\n$/);
    expect(process.exitCode).toBe(1);
  });

  it('passes on the exit code of a failure', async () => {
    jest.spyOn(Command.prototype, 'parseAsync').mockRejectedValue(new CommandFailure('Interrupted.', 130));
    await runCommandLine(['node', 'cryptoutil']);
    expect([errors, process.exitCode]).toEqual(['Interrupted.\n', 130]);
  });

  it('shows everything of an error that nobody expected', async () => {
    jest.spyOn(Command.prototype, 'parseAsync').mockRejectedValue(new TypeError('x is undefined'));
    await runCommandLine(['node', 'cryptoutil']);
    expect(errors).toContain('TypeError: x is undefined');
    expect(process.exitCode).toBe(1);
  });

  it.each(['-1', '65536', 'x', '', '1.5', '0x10'])('refuses "%s" as a port', (text) => {
    expect(() => portArgument(text)).toThrow('A port is a number');
  });

  it.each(['0', '1', '65535'])('takes "%s" as a port', (text) => {
    expect(portArgument(text)).toBe(Number(text));
  });
});
