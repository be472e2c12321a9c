import { fileURLToPath } from 'node:url';

/** One jest configuration for every project: native ESM, sources instead of dist, one worker per core. */
export const jestConfig = (projectDirectory, name) => ({
  rootDir: projectDirectory,
  displayName: name,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@cryptoutil/source', 'node', 'node-addons'] },
  testMatch: ['**/*.spec.ts', '**/*.spec.tsx'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transformIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          target: 'es2023',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true, tsx: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
            react: { runtime: 'automatic', importSource: 'preact' },
          },
        },
        module: { type: 'es6' },
      },
    ],
  },
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.{ts,tsx}',
    'migrations/**/*.ts',
    '!**/*.spec.{ts,tsx}',
    '!**/*.fixture.ts',
    '!**/dist/**',
  ],
  coverageReporters: ['json', 'text-summary'],
  // Ends what hangs. A hook that starts services takes that long on a machine that is busy.
  testTimeout: 60_000,
  maxWorkers: 2,
  testSequencer: fileURLToPath(new URL('longest-first.mjs', import.meta.url)),
});
