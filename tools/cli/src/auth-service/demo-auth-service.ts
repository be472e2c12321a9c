import type { Registrations } from './auth-service-admin.js';

/** The demo data of the Auth Service's contract. Their secrets are public: never register them in production. */
export const demoAuthService: Registrations = {
  clients: [
    {
      client_id: 'test-client',
      client_secret: 'test-secret-123',
      name: 'Demo reader',
      allowed_scopes: ['read:ltp', 'read:quote'],
    },
    {
      client_id: 'test-client-2',
      client_secret: 'secret-key-456',
      name: 'Demo writer',
      allowed_scopes: ['write:ltp', 'write:quote'],
    },
  ],
  endpoints: [
    { url: 'http://localhost:8082/resource1', scope: 'read:ltp', description: 'Demo resource' },
    { url: 'http://localhost:8082/resource2', scope: 'read:quote', description: 'Demo resource', active: false },
    { url: 'http://api.example.com/v1/users', scope: 'read:ltp', description: 'Demo resource' },
  ],
};
