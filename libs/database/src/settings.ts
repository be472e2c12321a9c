import { filePath, integer, port, secretFile, setting } from '@cryptoutil/config';
import { z } from 'zod';
import type { Secret } from '@cryptoutil/crypto';

/** How to reach the PostgreSQL database of one service. */
export interface DatabaseSettings {
  host: string;
  port: number;
  name: string;
  user: string;
  password: Secret;
  /** Connections per process. */
  poolSize: number;
  /** How long to wait for a connection, in milliseconds. */
  connectTimeoutMs: number;
  /** Certificate authority of the server (PEM file). When set, the connection is TLS and the server's certificate and name are verified. */
  tlsCaFile?: string | undefined;
}

/**
 * The settings of the service's database, all named CRYPTOUTIL_DATABASE_…: host 127.0.0.1, port 5432, a database and a role named `name`,
 * the password from a file (required), 10 connections, 5 s to connect; a CA file switches to TLS.
 */
export const databaseSettings = ({ name }: { name: string }) => ({
  host: setting({
    variable: 'CRYPTOUTIL_DATABASE_HOST',
    description: 'Host of the PostgreSQL server',
    schema: z.string().min(1),
    default: '127.0.0.1',
  }),
  port: setting({
    variable: 'CRYPTOUTIL_DATABASE_PORT',
    description: 'Port of the PostgreSQL server',
    schema: port,
    default: 5432,
  }),
  name: setting({
    variable: 'CRYPTOUTIL_DATABASE_NAME',
    description: 'Name of the database',
    schema: z.string().min(1),
    default: name,
  }),
  user: setting({
    variable: 'CRYPTOUTIL_DATABASE_USER',
    description: 'Role that owns the database',
    schema: z.string().min(1),
    default: name,
  }),
  password: secretFile({
    variable: 'CRYPTOUTIL_DATABASE_PASSWORD_FILE',
    description: 'File that holds the password of the role',
  }),
  poolSize: setting({
    variable: 'CRYPTOUTIL_DATABASE_POOL_SIZE',
    description: 'Database connections a process opens at most',
    schema: integer({ min: 1, max: 200 }),
    default: 10,
  }),
  connectTimeoutMs: setting({
    variable: 'CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS',
    description: 'Longest wait for a database connection, in milliseconds',
    schema: integer({ min: 100, max: 60_000 }),
    default: 5_000,
  }),
  tlsCaFile: setting({
    variable: 'CRYPTOUTIL_DATABASE_TLS_CA_FILE',
    description:
      "Certificate authority of the database server (PEM); switches the connection to TLS and verifies the server's name",
    schema: filePath.optional(),
  }),
});
