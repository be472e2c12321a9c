import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A service as compose.yml describes it, as far as the specs look at it. */
export interface ComposeService {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly networks: readonly string[] | Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (
    string | { readonly type: string; readonly source: string; readonly target: string; readonly read_only?: boolean }
  )[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly command?: readonly string[];
  readonly deploy?: { readonly resources?: { readonly limits?: Readonly<Record<string, unknown>> } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean; readonly ipam?: unknown } | null>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes?: unknown;
}

const root = join(import.meta.dirname, '../../..');

/** The text of a file of the checkout. */
export const shipped = (path: string): string => readFileSync(join(root, path), 'utf8');

export const shippedPath = (path: string): string => join(root, path);

/** A YAML file of the checkout, with its merge keys resolved as Compose resolves them. */
export const shippedYaml = <T>(path: string): T => parse(shipped(path), { merge: true, maxAliasCount: -1 }) as T;

export const composeFile = (): ComposeFile => shippedYaml<ComposeFile>('deployments/compose/compose.yml');

/** The names of a service's networks, in either way of writing them. */
export const networksOf = ({ networks }: ComposeService): string[] =>
  Array.isArray(networks) ? [...(networks as string[])] : Object.keys(networks);

/** Where a service finds its secrets. */
export const secretTargets = ({ secrets = [] }: ComposeService): string[] =>
  secrets.map((secret) => `/run/secrets/${typeof secret === 'string' ? secret : secret.target}`);

/** Where a service finds the folders of the host that are mounted into it. */
export const mountTargets = ({ volumes = [] }: ComposeService): string[] =>
  volumes.flatMap((volume) => (typeof volume === 'string' ? [] : [volume.target]));
