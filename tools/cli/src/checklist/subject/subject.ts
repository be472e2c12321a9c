import type { ServiceName } from '../../services/services.js';
import type { SuiteFile } from '../../suite/suite-file.js';
import type { Target } from '../check.js';

/** One process of a service. */
export interface ServiceProcess {
  /** `authz`, `authz-blue-1`, or the name of a pod. */
  readonly id: string;
  readonly service: ServiceName;
  readonly running: boolean;
  /** As its platform says: `running`, `healthy`, `starting`, … */
  readonly state: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** Where exactly this process answers; undefined when only the proxy before it can be reached. */
  readonly url?: string;
  /** Of the image; undefined where the process itself has to be asked. */
  readonly version?: string;
  readonly commit?: string;
  /** Seconds it gets to end what is in flight. */
  readonly graceSeconds?: number;
  /** How its log is bounded, in words; undefined when it is not. */
  readonly logBound?: string;
}

/** What a process uses now. */
export interface Usage {
  readonly id: string;
  /** Share of one core. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly limitBytes?: number;
}

export interface LogLine {
  /** Which process or file. */
  readonly source: string;
  readonly text: string;
}

/** A certificate on disk with its key. */
export interface CertificateOnDisk {
  readonly name: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
  /** What it wrote to standard error. */
  readonly complaint?: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** A suite that a checklist is about, on one of the targets. */
export interface Subject {
  readonly target: Target;
  /** In a few words, for the record. */
  readonly place: string;
  /** Where each is reached from here. */
  readonly urls: SuiteFile['urls'];
  /** Issuer and resource indicators, as they stand in tokens; they need not be reached under these names from here. */
  readonly identifiers: Readonly<Record<'authz' | 'rs' | 'kms', string>>;
  /** Authority to trust, and the certificate of the identity ops. */
  readonly trust: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** Where names are connected to, whatever they resolve to here. */
  readonly connectTo?: string;
  /** Default folder of deployment records. */
  readonly records: string;
  readonly certificates: readonly CertificateOnDisk[];
  /** Files that hold secrets, on this host. */
  readonly secretFiles: readonly string[];
  readonly shareFiles: readonly string[];
  /** Path of the secret of the Auth Service's tokens, when it is on this host. */
  readonly jwtSecretFile?: string;
  /** Version and state of the platform. Rejects when it is not operational. */
  platform(): Promise<string>;
  /** Every process of the four services; none before the first start. */
  processes(): Promise<readonly ServiceProcess[]>;
  usage(): Promise<readonly Usage[]>;
  logs(): AsyncIterable<LogLine>;
  /** Log files on this host; none where the platform keeps them. */
  logFiles(): readonly string[];
  /** Runs one SELECT on the database of a service, read-only. */
  query(service: ServiceName, sql: string): Promise<readonly Row[]>;
  /** Runs `cryptoutil …` as the service would, with its settings. */
  cryptoutil(service: ServiceName, args: readonly string[]): Promise<CommandResult>;
  /** `cryptoutil backup list --json` for the backups of this suite. */
  backupList(): Promise<CommandResult>;
  /** What a person would want to have when going back: settings without secrets. */
  configuration(): Promise<Readonly<Record<string, string>>>;
  /** What the version before is; undefined when there is none to go back to, or nothing to look at on this target. */
  previous(): Promise<string | undefined>;
}
