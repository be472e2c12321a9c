/** What a Secret of Kubernetes is made from. */
export interface SecretManifest {
  readonly name: string;
  readonly namespace: string;
  /** `Opaque` unless something wants certain keys: `kubernetes.io/basic-auth`. */
  readonly type?: string;
  /** File name → content. */
  readonly files: Readonly<Record<string, string>>;
}

/** A Secret as YAML. Its values are base64, which is no protection at all: the text belongs into a file for its owner alone. */
export function secretManifest({ name, namespace, type = 'Opaque', files }: SecretManifest): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    '  labels:',
    '    app.kubernetes.io/part-of: cryptoutil',
    `type: ${type}`,
    'data:',
    ...Object.entries(files).map(([file, content]) => `  ${file}: ${Buffer.from(content).toString('base64')}`),
    '',
  ].join('\n');
}
