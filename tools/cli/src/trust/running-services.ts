import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import type { X509Certificate } from '@cryptoutil/crypto';
import { Haproxy } from '../deploy/haproxy.js';
import { publishedPorts, readDeploymentSettings } from '../deploy/deployment-settings.js';
import { deploymentPlace } from '../deploy/place.js';
import { homeAt } from '../home/home.js';
import { readSuiteFile } from '../suite/suite-file.js';

const ANSWER_WITHIN_MS = 5_000;

/** What uses the certificates of a folder on this machine: a suite of which it is the home's, or a deployment with Compose. */
export class RunningServices {
  constructor(private readonly pkiFolder: string) {}

  /** The services that still serve a certificate which the authority has not signed. Those that do not answer are not among them. */
  async notServedBy(authority: X509Certificate): Promise<string[]> {
    const ports = this.ports();
    const served = await Promise.all(ports.map(async (port) => [port, await isServedBy(port, authority)] as const));
    return served.filter(([, good]) => good === false).map(([port]) => `localhost:${port}`);
  }

  /**
   * Gives HAProxy the authorities by which it checks the services' health, as it reads them only when it starts. Resolves to whether
   * there was one that runs.
   */
  async tellProxy(): Promise<boolean> {
    const place = this.deployment();
    if (!place || !existsSync(place.proxySocket)) return false;
    await new Haproxy(place).trust(readFileSync(join(this.pkiFolder, 'ca.crt'), 'utf8'));
    return true;
  }

  private ports(): number[] {
    const suite = readSuiteFile(homeAt(dirname(this.pkiFolder)));
    if (suite) return Object.values(suite.urls).map((url) => Number(new URL(url).port));
    const place = this.deployment();
    return place && existsSync(place.settingsFile) ? Object.values(publishedPorts(readDeploymentSettings(place))) : [];
  }

  private deployment() {
    const folder = dirname(this.pkiFolder);
    return existsSync(join(folder, 'compose.yml')) ? deploymentPlace(folder) : undefined;
  }
}

/** Undefined when nothing answers. */
function isServedBy(port: number, authority: X509Certificate): Promise<boolean | undefined> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.toString(), rejectUnauthorized: false }, () => {
      settle(socket.authorized);
      socket.destroy();
    });
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('error', () => settle(undefined)).on('close', () => settle(undefined));
  });
}
