// Builds what a package needs, and skips even asking the compiler while nothing on disk has changed since the last good build.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { neededPackages, runCompiler, workspacePackages, workspaceRoot } from './workspace.mjs';

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
 * Builds a package with everything it needs; `report` gets a line per package that has to be compiled. Resolves to true when it is
 * built; on failure prints what the compiler said and resolves to false.
 */
export async function buildPackage(name, { report }) {
  const packages = workspacePackages();
  const folders = neededPackages(name, packages).map((each) => packages.get(each).folder);
  const stampFile = join(packages.get(name).folder, 'dist/.build-stamp');
  if (readStamp(stampFile) === buildStamp(folders)) return true;
  const built = await compile([packages.get(name).folder], { report });
  if (built) keepStamp(stampFile, buildStamp(folders));
  return built;
}

/** Builds every package. Resolves as `buildPackage` does. */
export const buildAll = ({ report }) =>
  compile(
    [...workspacePackages().values()].map(({ folder }) => folder),
    { report },
  );

/** What the compiler says about its progress: `4:44:24 AM - Building project '…/tsconfig.json'...`, and its list of projects. */
const PROGRESS =
  /^(?:\d+:\d+:\d+ [AP]M - |\[[^\]]+\] |\s+\* .*tsconfig\.json$)(?:Building project '(.+)\/tsconfig\.json')?/;

async function compile(folders, { report }) {
  const complaints = [];
  const code = await runCompiler(folders, {
    onLine: (line) => {
      const progress = PROGRESS.exec(line);
      if (progress?.[1]) report(`building ${relative(workspaceRoot, resolve(workspaceRoot, progress[1]))} …`);
      else if (progress === null && line.trim() !== '') complaints.push(line);
    },
  });
  if (code === 0) return true;
  console.error(complaints.join('\n'));
  console.error('The build failed; what the compiler said stands above.');
  return false;
}

/** Without a stamp the next start asks the compiler again; a checkout that belongs to somebody else is no reason to fail. */
function keepStamp(file, stamp) {
  try {
    writeFileSync(file, stamp);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error;
  }
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
