import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CommandFailure } from '../command-failure.js';
import { commandLine, runCommandLine } from '../main.js';
import { portArgument } from './port-argument.js';

/** Every command that people are shown and that has something to run, with its path. */
function leaves(command: Command, path = ''): { path: string; command: Command }[] {
  const here = `${path} ${command.name()}`.trim();
  const shown = command.createHelp().visibleCommands(command);
  const children = shown.filter((child) => command.commands.includes(child));
  return children.length === 0 ? [{ path: here, command }] : children.flatMap((child) => leaves(child, here));
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
    const names = all.map(({ path }) => path.replace('cryptoutil ', ''));
    const kms = ['kms serve', 'kms init', 'kms unseal', 'kms seal', 'kms status'];
    const pki = ['pki init', 'pki issue', 'pki status'];
    expect(names).toEqual(expect.arrayContaining(['up', 'smoke', 'migrate', 'identity', 'health', ...kms, ...pki]));
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
      const harmless = ['file', 'key', 'name', 'version', 'alias', 'grant', 'operation'];
      expect(named.filter((name) => !harmless.includes(name))).toEqual([]);
      if (!/ keys | audit verify| batch/.test(path)) expect(named.filter((name) => name !== 'key')).toEqual([]);
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
