// What the scripts of the workspace share: where it is, which packages a package needs, how nx and the compiler are run.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const workspaceRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Every package of the workspace: name → { folder, dependencies on other packages of it }. */
export function workspacePackages(root = workspaceRoot) {
  const packages = new Map();
  for (const group of ['apps', 'libs', 'tools']) {
    for (const entry of readdirSync(join(root, group), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const folder = join(root, group, entry.name);
      let manifest;
      try {
        manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      } catch (error) {
        if (error.code === 'ENOENT') continue;
        throw error;
      }
      const all = { ...manifest.dependencies, ...manifest.devDependencies };
      const dependencies = Object.keys(all).filter((name) => name.startsWith('@cryptoutil/'));
      packages.set(manifest.name, { folder, dependencies });
    }
  }
  return packages;
}

/** The named package and all packages of the workspace it needs, sorted by name. */
export function neededPackages(name, packages = workspacePackages()) {
  const needed = new Set();
  const visit = (current) => {
    if (needed.has(current) || !packages.has(current)) return;
    needed.add(current);
    packages.get(current).dependencies.forEach(visit);
  };
  visit(name);
  return [...needed].sort();
}

/**
 * Runs nx with the given arguments and calls onLine for each line it prints. Resolves to its exit code.
 * The background service of nx stays off: a script must not leave a process behind.
 */
export const runNx = (args, { onLine, env = {} }) =>
  runProgram(['node_modules/nx/dist/bin/nx.js', ...args], {
    onLine,
    env: { NX_DAEMON: 'false', NX_TUI: 'false', ...colour(), ...env },
  });

/**
 * Compiles the packages in these folders, and what they refer to, in one process: four times as fast as one process for each, which
 * is what nx would start. Calls onLine for each line the compiler prints. Resolves to its exit code.
 */
export const runCompiler = (folders, { onLine }) =>
  runProgram(['node_modules/typescript/bin/tsc', '-b', '--verbose', ...folders], { onLine });

/** Runs a program of Node's in the folder of the checkout, calls onLine for each line it prints, and resolves to its exit code. */
export function runProgram(args, { onLine, env = {} }) {
  const child = spawn(process.execPath, args, {
    cwd: workspaceRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop();
      lines.forEach(onLine);
    });
    stream.on('end', () => rest && onLine(rest));
  }
  return new Promise((settle, fail) => {
    child.on('error', fail).on('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      settle(signal ? 1 : code);
    });
  });
}

/** nx forces colour on what it runs, also where the output goes to a file. */
const colour = () => (process.stdout.isTTY || process.env.FORCE_COLOR ? {} : { FORCE_COLOR: '0' });
