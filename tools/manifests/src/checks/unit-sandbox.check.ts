import { valuesOf, type Directive } from '../unit-file.js';

/** What every unit sets, and to what. */
const REQUIRED: Readonly<Record<string, string>> = {
  NoNewPrivileges: 'yes',
  CapabilityBoundingSet: '',
  AmbientCapabilities: '',
  ProtectSystem: 'strict',
  ProtectHome: 'yes',
  PrivateTmp: 'yes',
  PrivateDevices: 'yes',
  PrivateUsers: 'yes',
  PrivateMounts: 'yes',
  ProtectHostname: 'yes',
  ProtectClock: 'yes',
  ProtectKernelTunables: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelLogs: 'yes',
  ProtectControlGroups: 'yes',
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  RestrictAddressFamilies: 'AF_INET AF_INET6',
  RestrictNamespaces: 'yes',
  RestrictRealtime: 'yes',
  RestrictSUIDSGID: 'yes',
  LockPersonality: 'yes',
  RemoveIPC: 'yes',
  KeyringMode: 'private',
  SystemCallArchitectures: 'native',
  UMask: '0077',
  LimitCORE: '0',
};

/** What is missing in the sandbox of a unit, one sentence each. */
export function checkUnitSandbox(unit: readonly Directive[]): string[] {
  const wrong = Object.entries(REQUIRED)
    .filter(([key, value]) => valuesOf(unit, key).join() !== value || !unit.some((directive) => directive.key === key))
    .map(([key, value]) => `${key}=${value} is missing.`);
  const calls = valuesOf(unit, 'SystemCallFilter');
  const filtered = calls.includes('@system-service') && calls.includes('~@privileged @resources');
  const [user = 'root'] = valuesOf(unit, 'User');
  return [
    ...wrong,
    ...(filtered ? [] : ['The system calls are not filtered.']),
    ...(/^cryptoutil-([a-z]+|%i)$/.test(user) ? [] : [`It runs as ${user}.`]),
    ...valuesOf(unit, 'ReadWritePaths').map((path) => `It may write to ${path}.`),
  ];
}
