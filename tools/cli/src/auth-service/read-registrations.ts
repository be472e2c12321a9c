import { CommandFailure } from '../command-failure.js';
import type { ClientRegistration, EndpointRegistration, Registrations } from './auth-service-admin.js';
import { readInserts } from './sql-inserts.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * The clients and endpoints of a list of the original: JSON (`{"clients": […], "endpoints": […]}`) or SQL INSERT statements into tables
 * of these names. Scopes may be a list, a JSON text, a PostgreSQL array `{a,b}`, or separated by spaces or commas. Throws
 * `CommandFailure` that names the row.
 */
export function readRegistrations(text: string): Registrations {
  const { clients, endpoints } = /^\s*[[{]/.test(text) ? fromJson(text) : fromSql(text);
  if (clients.length + endpoints.length === 0)
    throw new CommandFailure('There are no clients and no endpoints in this file.');
  return { clients: clients.map(client), endpoints: endpoints.map(endpoint) };
}

function fromJson(text: string): { clients: Row[]; endpoints: Row[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandFailure('The file is not JSON.');
  }
  const { clients = [], endpoints = [] } = value as Record<string, unknown>;
  if (!Array.isArray(clients) || !Array.isArray(endpoints))
    throw new CommandFailure('"clients" and "endpoints" are expected to be lists.');
  return { clients: clients as Row[], endpoints: endpoints as Row[] };
}

function fromSql(text: string): { clients: Row[]; endpoints: Row[] } {
  try {
    const rows = readInserts(text);
    const of = (table: string) => rows.filter((row) => row.table === table).map(({ values }) => values);
    return { clients: of('clients'), endpoints: of('endpoints') };
  } catch (error) {
    throw new CommandFailure((error as Error).message);
  }
}

function client(row: Row, index: number): ClientRegistration {
  const where = `client ${index + 1}`;
  return {
    client_id: text(row.client_id, `${where}: client_id`),
    client_secret: text(row.client_secret ?? row.secret, `${where}: client_secret`),
    ...optional('name', row.name ?? row.client_name, String),
    ...optional('access_token_ttl', row.access_token_ttl, Number),
    allowed_scopes: scopes(row.allowed_scopes ?? row.scopes),
    active: active(row.active ?? row.is_active),
  };
}

function endpoint(row: Row, index: number): EndpointRegistration {
  const where = `endpoint ${index + 1}`;
  return {
    url: text(row.url ?? row.endpoint_url ?? row.endpoint, `${where}: url`),
    scope: text(row.scope, `${where}: scope`),
    ...optional('pattern', row.pattern, (value) => active(value)),
    ...optional('method', row.method, (value) => (value === '*' ? '' : String(value))),
    ...optional('description', row.description, String),
    active: active(row.active ?? row.is_active),
  };
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandFailure(`${name} is missing.`);
}

function optional<T>(name: string, value: unknown, read: (value: never) => T): Record<string, T> {
  return value === undefined || value === null || value === '' ? {} : { [name]: read(value as never) };
}

const active = (value: unknown): boolean =>
  value === undefined || value === null || value === true || value === 1 || value === 't' || value === 'true';

function scopes(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== 'string') return [];
  if (value.startsWith('[')) return scopes(JSON.parse(value));
  return value
    .replace(/^\{(.*)\}$/, '$1')
    .split(/[\s,]+/)
    .map((scope) => scope.replace(/^"(.*)"$/, '$1'))
    .filter((scope) => scope !== '');
}
