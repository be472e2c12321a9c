import { existsSync } from 'node:fs';
import { join } from 'node:path';
import nx from '@nx/eslint-plugin';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

/** Which layers a layer may import. One direction only: app → http, database, kms-client → oauth, pki → config, telemetry → crypto. */
const layers = [
  ['layer:crypto', []],
  ['layer:pages', []],
  ['layer:config', ['layer:crypto']],
  ['layer:telemetry', ['layer:crypto']],
  ['layer:pki', ['layer:config', 'layer:telemetry', 'layer:crypto']],
  ['layer:oauth', ['layer:pki', 'layer:config', 'layer:telemetry', 'layer:crypto']],
  ['layer:database', ['layer:config', 'layer:telemetry', 'layer:crypto']],
  ['layer:http', ['layer:oauth', 'layer:pki', 'layer:config', 'layer:telemetry', 'layer:crypto']],
  ['layer:kms-client', ['layer:pki', 'layer:config', 'layer:telemetry', 'layer:crypto']],
  ['layer:testing', ['layer:database', 'layer:pki', 'layer:config', 'layer:telemetry', 'layer:crypto']],
];
const everyLayer = layers.map(([tag]) => tag);

const cryptographyDoor = {
  paths: [
    ...['jose', 'node:crypto', 'crypto'].map((name) => ({
      name,
      message: 'Cryptography enters through @cryptoutil/crypto alone.',
    })),
  ],
};

/** What an attacker would look for: text run as code, patterns that a long text stalls, randomness that can be foretold, shells. */
const security = {
  'no-eval': 'error',
  'no-new-func': 'error',
  'no-script-url': 'error',
  '@typescript-eslint/no-implied-eval': 'error',
  'regexp/no-super-linear-backtracking': 'error',
  'regexp/no-super-linear-move': 'error',
  'no-restricted-syntax': [
    'error',
    {
      selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
      message: 'Random values come from @cryptoutil/crypto.',
    },
    {
      selector: "Property[key.name='shell'][value.value=true]",
      message: 'Start programs with their arguments, not through a shell.',
    },
    {
      selector: "ImportSpecifier[imported.name='exec'], ImportSpecifier[imported.name='execSync']",
      message: 'Start programs with execFile or spawn.',
    },
    {
      selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
      message: 'Pages hold text, not markup from elsewhere.',
    },
    {
      selector: "AssignmentExpression[left.property.name='NODE_TLS_REJECT_UNAUTHORIZED']",
      message: 'Certificates are checked.',
    },
  ],
};

/** `nx lint` runs in the project, whose tsconfig.spec.json covers specs and fixtures as well. */
const typeInformation = existsSync(join(process.cwd(), 'tsconfig.spec.json'))
  ? { project: 'tsconfig.spec.json', tsconfigRootDir: process.cwd() }
  : { projectService: true, tsconfigRootDir: import.meta.dirname };

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/vectors/**', '**/canary/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: typeInformation },
    plugins: { '@nx': nx, regexp },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          banTransitiveDependencies: false,
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints: [
            ...layers.map(([sourceTag, onlyDependOnLibsWithTags]) => ({
              sourceTag,
              onlyDependOnLibsWithTags: [...onlyDependOnLibsWithTags, sourceTag],
            })),
            { sourceTag: 'type:app', onlyDependOnLibsWithTags: everyLayer },
            { sourceTag: 'type:tool', onlyDependOnLibsWithTags: [...everyLayer, 'type:app', 'type:tool'] },
            { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: [...everyLayer, 'type:tool'] },
          ],
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/require-await': 'error',
      // It takes assertions away that narrow a union for a component's attributes, and the build breaks.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', cryptographyDoor],
      'no-console': 'error',
      ...security,
    },
  },
  { files: ['libs/crypto/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['tools/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.spec.tsx', '**/*.fixture.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': 'off',
      'no-restricted-syntax': 'off',
      'no-script-url': 'off',
      'regexp/no-super-linear-move': 'off',
      'regexp/no-super-linear-backtracking': 'off',
    },
  },
);
