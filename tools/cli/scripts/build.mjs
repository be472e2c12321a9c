// Builds what a package needs, and skips even asking nx while nothing on disk has changed since the last good build.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { neededPackages, runNx, workspacePackages, workspaceRoot } from './workspace.mjs';

const ignored = new Set(['node_modules', 'dist', 'canary', 'vectors']);

/** Name, size and modification time of every file the build of these folders reads or wrote last, as one hash. */
export function buildStamp(folders, root = workspaceRoot) {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  };
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) visit(join(folder, entry.name));
      } else if (!/\.spec\.tsx?$/.test(entry.name)) {
        add(join(folder, entry.name));
      }
    }
  };
  hash.update(`${process.version}\n`);
  for (const folder of folders) {
    visit(folder);
    add(join(folder, 'dist/.tsbuildinfo'));
    add(join(folder, 'dist/index.js'));
  }
  for (const name of ['package-lock.json', 'tsconfig.base.json', 'nx.json']) add(join(root, name));
  return hash.digest('hex');
}

/**
 * Builds a package with everything it needs; `report` gets a line per built package. Resolves to true when it is built;
 * on failure prints what the compiler said and resolves to false.
 */
export async function buildPackage(name, { report }) {
  const packages = workspacePackages();
  const needed = neededPackages(name, packages);
  const folders = needed.map((each) => packages.get(each).folder);
  const stampFile = join(packages.get(name).folder, 'dist/.build-stamp');
  if (readStamp(stampFile) === buildStamp(folders)) return true;

  const output = [];
  let built = 0;
  const code = await runNx(['run-many', '-t', 'build', '-p', name, '--outputStyle=static'], {
    onLine: (line) => {
      output.push(line);
      const task = /> nx run (@cryptoutil\/[\w-]+):build/.exec(line);
      if (task) report(`built ${++built} of ${needed.length} packages: ${task[1]}`);
    },
  });
  if (code !== 0) {
    console.error(output.join('\n'));
    console.error('The build failed; what the compiler said stands above.');
    return false;
  }
  writeFileSync(stampFile, buildStamp(folders));
  return true;
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
