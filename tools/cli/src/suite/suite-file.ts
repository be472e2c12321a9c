import { CommandFailure } from '../command-failure.js';
import { homeAt, homeFolder, type Home } from '../home/home.js';
import { readTextIfPresent, writePrivateFile } from '../home/private-file.js';
import type { ServiceName } from '../services/services.js';

/** A client of the demo data, with what its kind needs. Names as on the wire (RFC 7591). */
export interface SuiteClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly redirect_uris?: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
  readonly scope?: string;
}

export interface SuiteUser {
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

/** What `suite.json` says once everything is ready, for scripts and for people's own clients. */
export interface SuiteFile {
  readonly issuer: string;
  /** Base URLs without a trailing slash. */
  readonly urls: Readonly<Record<ServiceName | 'authService', string>>;
  readonly caFile: string;
  readonly unsealShareFiles: readonly string[];
  readonly pids: Readonly<Record<ServiceName, number>>;
  readonly users: readonly SuiteUser[];
  readonly clients: Readonly<Record<string, SuiteClient>>;
  readonly clientCerts: { readonly ops: { readonly certFile: string; readonly keyFile: string } };
}

/** Writes the file in one step: whoever reads it sees all of it. */
export function writeSuiteFile(home: Home, suite: SuiteFile): void {
  writePrivateFile(home.suiteFile, `${JSON.stringify(suite, undefined, 2)}\n`);
}

/** The suite that runs in a home, or undefined when none does. */
export function readSuiteFile(home: Home = homeAt(homeFolder())): SuiteFile | undefined {
  const text = readTextIfPresent(home.suiteFile);
  return text === undefined ? undefined : (JSON.parse(text) as SuiteFile);
}

/** The suite that runs in a home. Throws a `CommandFailure` when none does. */
export function requireSuiteFile(home: Home): SuiteFile {
  const suite = readSuiteFile(home);
  if (suite) return suite;
  throw new CommandFailure(
    `There is no ${home.suiteFile}: start the suite with "npm start", or say where it lives with CRYPTOUTIL_HOME.`,
  );
}
