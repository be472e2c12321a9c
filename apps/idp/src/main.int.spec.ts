import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '@cryptoutil/config';
import { migrate, pendingMigrations, inTransaction } from '@cryptoutil/database';
import { idpFixture, type IdpFixture } from './idp.fixture.js';
import { idpSettings, migrations, startIdp } from './index.js';
import { Initial1763800000000 } from '../migrations/1763800000000-initial.js';

let idp: IdpFixture;
beforeAll(async () => {
  idp = await idpFixture();
}, 60_000);
afterAll(() => idp.close());

describe('startIdp', () => {
  it('refuses to start without its key, its certificate and its password, naming each', async () => {
    const error = await startIdp({}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    for (const variable of [
      'CRYPTOUTIL_SESSION_KEY_FILE',
      'CRYPTOUTIL_TLS_CERT_FILE',
      'CRYPTOUTIL_DATABASE_PASSWORD_FILE',
    ]) {
      expect(String((error as ConfigurationError).problems)).toContain(variable);
    }
    expect(Object.keys(idpSettings)).toContain('authorizationServer');
  });

  it('answers health to anyone', async () => {
    const { status, body } = await idp.call(undefined, 'GET', '/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', service: 'idp', checks: { database: { status: 'ok' } } });
  });

  it('documents its JSON routes and leaves pages out', async () => {
    const { status, body } = await idp.call(undefined, 'GET', '/ui/swagger/doc.json');
    expect(status).toBe(200);
    expect(body.openapi).toMatch(/^3\.1/);
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/admin/v1/users/{username}',
        '/internal/v1/users/{sub}',
        '/internal/v1/sessions/{idp_session}',
        '/health',
      ]),
    );
    expect(Object.keys(body.paths)).not.toContain('/login');
  });
});

describe('the migrations', () => {
  it('leave nothing pending and can be taken back', async () => {
    expect(await pendingMigrations(idp.database.settings, { migrations })).toEqual([]);
    await inTransaction(idp.dataSource, (tx) => new Initial1763800000000().down(tx.queryRunner!));
    await idp.database.sql('DELETE FROM migrations');
    expect(await migrate(idp.database.settings, { migrations })).toEqual(['Initial1763800000000']);
  });
});
