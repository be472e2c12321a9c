import type { Agent } from 'undici';
import type { Phase } from './check.js';
import { scanLogs, type LogScan } from './logs/scan-logs.js';
import { Probe } from './probe/probe.js';
import type { DeploymentRecord } from './record/record.js';
import { connectTo } from './subject/connect.js';
import type { CommandResult, ServiceProcess, Subject } from './subject/subject.js';

/** What the person who runs the checklist has set. */
export interface CheckOptions {
  readonly commit?: string;
  /** How long the load of 100 requests a second lasts; the checklist's own figure is 300. */
  readonly loadSeconds: number;
  readonly loadRps: number;
  readonly collectorUrl?: string;
  readonly grafanaUrl?: string;
}

/** What the checks of one run share. What is costly is made when it is first asked for, and only once. */
export class CheckContext {
  readonly client: Agent;
  readonly operator: Agent;
  private probing: Promise<Probe> | undefined;
  private found: Promise<readonly ServiceProcess[]> | undefined;
  private listed: Promise<CommandResult> | undefined;
  private scanned: Promise<LogScan> | undefined;

  constructor(
    readonly subject: Subject,
    readonly phase: Phase,
    readonly options: CheckOptions,
    /** Earlier records of the same target, newest first. */
    readonly earlier: readonly DeploymentRecord[],
  ) {
    this.client = connectTo(subject);
    this.operator = connectTo(subject, 'ops');
  }

  /** The clients and the person that the flows are tried with. */
  probe(): Promise<Probe> {
    this.probing ??= Probe.register(this.subject, this.client, this.operator);
    return this.probing;
  }

  processes(): Promise<readonly ServiceProcess[]> {
    this.found ??= this.subject.processes();
    return this.found;
  }

  /** Processes that run. */
  async alive(): Promise<readonly ServiceProcess[]> {
    return (await this.processes()).filter(({ running }) => running);
  }

  /** What `cryptoutil backup list --json` says. */
  backups(): Promise<CommandResult> {
    this.listed ??= this.subject.backupList();
    return this.listed;
  }

  /** What the logs say, with the secrets of this host and those made by this run looked for. */
  logs(): Promise<LogScan> {
    this.scanned ??= (async () => {
      const probe = await this.probing?.catch(() => undefined);
      return scanLogs(this.subject, probe?.secrets ?? []);
    })();
    return this.scanned;
  }

  /** Removes what was registered and ends the connections. Resolves to what could not be removed. */
  async close(): Promise<string[]> {
    const probe = await this.probing?.catch(() => undefined);
    const left = (await probe?.remove()) ?? [];
    await Promise.all([this.client.destroy(), this.operator.destroy()]);
    return left;
  }
}
