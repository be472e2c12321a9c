import { describe, expect, it } from '@jest/globals';
import { CommandFailure } from '../command-failure.js';
import { readRegistrations } from './read-registrations.js';

const reader = { client_id: 'reader', client_secret: "it's", allowed_scopes: ['read:ltp', 'read:quote'], active: true };

describe("the original's lists", () => {
  it.each([
    ['JSON', JSON.stringify({ clients: [reader] })],
    ['JSON with scopes as text', JSON.stringify({ clients: [{ ...reader, allowed_scopes: 'read:ltp, read:quote' }] })],
    [
      'JSON with a JSON text',
      JSON.stringify({ clients: [{ ...reader, allowed_scopes: '["read:ltp","read:quote"]' }] }),
    ],
    [
      'SQL with an array literal',
      `INSERT INTO clients (client_id, client_secret, allowed_scopes) VALUES ('reader', 'it''s', '{"read:ltp",read:quote}');`,
    ],
    [
      'SQL with ARRAY and a cast',
      `-- seed; INSERT INTO clients (x) VALUES ('no')
      insert into public."clients" ("client_id", client_secret, allowed_scopes, is_active, created_by)
      values ('reader', 'it''s', ARRAY['read:ltp', 'read:quote']::text[], TRUE, NULL) ON CONFLICT DO NOTHING;`,
    ],
  ])('are read from %s', (_, text) => {
    expect(readRegistrations(text)).toEqual({ clients: [reader], endpoints: [] });
  });

  it('have several rows, other statements and endpoints', () => {
    const text = `CREATE TABLE endpoints (url text); /* INSERT INTO clients */
      INSERT INTO endpoints (endpoint_url, method, scope, description, active, id) VALUES
        ('http://a/1', 'GET', 's', 'x', true, 1), ('http://a/2', '*', 's', '', false, -2.5);
      INSERT INTO other (a) VALUES ('x');`;
    expect(readRegistrations(text).endpoints).toEqual([
      { url: 'http://a/1', method: 'GET', scope: 's', description: 'x', active: true },
      { url: 'http://a/2', method: '', scope: 's', active: false },
    ]);
  });

  it.each([
    ['nothing', '{}'],
    ['no JSON', '{'],
    ['no list', '{"clients": 5}'],
    ['a client without a secret', '{"clients": [{"client_id": "a"}]}'],
    ['an endpoint without a scope', '{"endpoints": [{"url": "http://a"}]}'],
    ['a row that is too short', 'INSERT INTO clients (client_id, client_secret) VALUES (1);'],
    ['a function call', 'INSERT INTO clients (client_id) VALUES (gen_random_uuid());'],
    ['a row that does not end', "INSERT INTO clients (client_id) VALUES ('a'"],
  ])('are refused when they hold %s', (_, text) => {
    expect(() => readRegistrations(text)).toThrow(CommandFailure);
  });
});
