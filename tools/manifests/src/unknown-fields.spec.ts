import { expect, test } from '@jest/globals';
import { suiteManifests } from './manifests.fixture.js';
import { unknownFields } from './unknown-fields.fixture.js';

test('no manifest has a field that its API does not know', () => {
  const manifests = suiteManifests();
  expect(unknownFields(manifests)).toEqual([]);

  const deployment: any = structuredClone(manifests.find(({ kind }) => kind === 'Deployment'));
  deployment.spec.template.spec.containers[0].readynessProbe = {};
  const certificate: any = structuredClone(manifests.find(({ kind }) => kind === 'Certificate'));
  certificate.spec.renewBefor = '1h';
  const findings = unknownFields([deployment, certificate]).join('\n');
  expect(findings).toContain('readynessProbe');
  expect(findings).toContain('renewBefor');
});
