import { beforeAll, describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import { createProjectGraphAsync } from '@nx/devkit';
import { resolve } from 'node:path';
import tseslint from 'typescript-eslint';

const root = resolve(import.meta.dirname, '../../..');

/** Canaries: without a project graph the boundary rule skips itself in silence, so that it bites is shown here. */
describe('module boundaries', () => {
  let eslint: ESLint;

  beforeAll(async () => {
    await createProjectGraphAsync();
    eslint = new ESLint({
      cwd: root,
      overrideConfigFile: resolve(root, 'eslint.config.mjs'),
      overrideConfig: {
        ...(tseslint.configs.disableTypeChecked as object),
        languageOptions: { parserOptions: { projectService: false, program: null, project: false } },
      },
    });
  }, 120_000);

  const rulesBroken = async (file: string, code: string): Promise<string[]> => {
    const [result] = await eslint.lintText(code, { filePath: resolve(root, file) });
    return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  };

  it('refuses a lib that imports upwards', async () => {
    const code = "import { startService } from '@cryptoutil/http';\nexport const start = startService;\n";
    expect(await rulesBroken('libs/crypto/src/canary.ts', code)).toContain('@nx/enforce-module-boundaries');
  });

  it('refuses an app that imports another app', async () => {
    const code = "import { startKms } from '@cryptoutil/kms';\nexport const start = startKms;\n";
    expect(await rulesBroken('apps/rs/src/canary.ts', code)).toContain('@nx/enforce-module-boundaries');
  });

  it('accepts an app that imports a lib', async () => {
    const code = "import { Secret } from '@cryptoutil/crypto';\nexport const make = Secret;\n";
    expect(await rulesBroken('apps/rs/src/canary.ts', code)).toEqual([]);
  });

  it.each(['jose', 'node:crypto', 'crypto'])('refuses %s outside libs/crypto', async (name) => {
    const code = `import * as door from '${name}';\nexport const use = door;\n`;
    expect(await rulesBroken('apps/rs/src/canary.ts', code)).toContain('no-restricted-imports');
    expect(await rulesBroken('libs/crypto/src/canary.ts', code)).not.toContain('no-restricted-imports');
  });

  it('refuses a file of more than 300 lines of code', async () => {
    const code = Array.from({ length: 301 }, (_, line) => `export const n${line} = ${line};`).join('\n');
    expect(await rulesBroken('apps/rs/src/canary.ts', code)).toContain('max-lines');
  });

  it('gives every project a place in the order of layers', async () => {
    const graph = await createProjectGraphAsync();
    const untagged = Object.values(graph.nodes).filter(
      ({ data }) => !data.tags?.some((tag) => /^(layer|type):/.test(tag)),
    );
    expect(untagged.map(({ name }) => name).filter((name) => name !== 'cryptoutil')).toEqual([]);
  });
});
