import type { SuiteUser } from '../suite/suite-file.js';

/** A person of the demo data, with what suite.json does not need to say. */
export interface DemoUser extends SuiteUser {
  readonly name: string;
  readonly roles: readonly string[];
}

/** The demo users: one whose password everybody knows, and an administrator whose password is made for this suite. */
export const demoUsers = (adminPassword: string): DemoUser[] => [
  {
    username: 'alice',
    password: 'correct horse battery staple',
    email: 'alice@example.com',
    name: 'Alice Example',
    roles: [],
  },
  {
    username: 'admin',
    password: adminPassword,
    email: 'admin@example.com',
    name: 'Demo Administrator',
    roles: ['admin'],
  },
];
