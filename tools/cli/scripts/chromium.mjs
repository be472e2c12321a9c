// Finds the Chromium of the end-to-end tests, and installs one where there is none.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { workspaceRoot } from './workspace.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** The first Chromium on PATH, or undefined. */
export function installedChromium(path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    for (const name of names) {
      const file = join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  return undefined;
}

/**
 * The browser to test with and where it comes from: CRYPTOUTIL_CHROMIUM, an installed one, the distribution's package
 * (Debian or Ubuntu, as root), else the download of Playwright. Throws an error with one sentence when none can be had.
 */
export async function ensureChromium({ report }) {
  const chosen = process.env.CRYPTOUTIL_CHROMIUM;
  if (chosen) {
    if (!isExecutable(chosen)) throw new Error(`CRYPTOUTIL_CHROMIUM names ${chosen}, which is not an executable file.`);
    return { file: chosen, origin: 'CRYPTOUTIL_CHROMIUM' };
  }
  const installed = installedChromium();
  if (installed) return { file: installed, origin: 'installed' };
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    report('no Chromium here: installing the package "chromium" of the distribution');
    const packaged = installPackage();
    if (packaged) return { file: packaged, origin: 'package of the distribution' };
  }
  return { file: await downloadWithPlaywright(report), origin: 'download of Playwright' };
}

function installPackage() {
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }).status === 0;
  const install = () => apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
  return install() || (apt('update') && install()) ? installedChromium() : undefined;
}

async function downloadWithPlaywright(report) {
  const { chromium } = await import('playwright-core');
  if (!existsSync(chromium.executablePath())) {
    report('no Chromium here: downloading the one of Playwright');
    const download = spawnSync(
      process.execPath,
      [join(workspaceRoot, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (download.status !== 0) {
      throw new Error('No Chromium could be installed: install one or name it in CRYPTOUTIL_CHROMIUM.');
    }
  }
  return chromium.executablePath();
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
