import { join } from 'node:path';
import ts from 'typescript';
import type { Manifest } from './manifest.js';
import { workspace } from './manifests.fixture.js';

/** Where the types of an API come from. */
const typesOf: Readonly<Record<string, string>> = {
  'cert-manager.io/v1': '@kubernetes-models/cert-manager/cert-manager.io/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
};

/**
 * What the compiler says about manifests as typed literals: fields that their API does not have, which the schemas let pass and
 * a cluster drops or refuses. APIs without published types are left out.
 */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const typed = manifests.filter(({ apiVersion }) => apiVersion !== 'postgresql.cnpg.io/v1');
  const literals = typed.map(({ file: _file, ...manifest }, index) => {
    const module = typesOf[manifest.apiVersion] ?? `kubernetes-models/${manifest.apiVersion}`;
    const type = `import('${module}/${manifest.kind}').I${manifest.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const file = join(workspace, 'tools/manifests/src/literals.ts');
  const options: ts.CompilerOptions = {
    ...{
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    },
    ...{ strict: true, skipLibCheck: true, noEmit: true, types: [] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.readFile = (path) => (path === file ? literals.join('\n') : readFile(path));
  const sourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, language, ...rest) =>
    path === file ? ts.createSourceFile(path, literals.join('\n'), language) : sourceFile(path, language, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ start, messageText, file: source }) => {
      const line = source && start !== undefined ? source.getLineAndCharacterOfPosition(start).line : 0;
      const { kind, metadata } = typed[line]!;
      return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}
