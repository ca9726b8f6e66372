import { encryptCredentials } from '@sluice/snapshot';
import { expect, it } from 'vitest';
import { defaultRuntimeVersion, readRequest } from './read-request.ts';

const key = new Uint8Array(32).fill(9);
const flows = [
  { id: 't1', type: 'tab', label: 'Line' },
  { id: 'n1', type: 'function', z: 't1', func: 'return env.get("PLC_HOST");', wires: [] },
  { id: 'b1', type: 'mqtt-broker', broker: '$(BROKER_HOST)' },
];
const refused = (code: string): unknown => expect.objectContaining({ code });
const lockFor = (dependencies: Record<string, string>) => ({
  lockfileVersion: 3,
  packages: {
    '': { dependencies },
    ...Object.fromEntries(Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, { version }])),
  },
});

it('when only flows are given, the newest tested runtime and the variables they use are added', () => {
  const captured = readRequest({ flows }, key);
  expect(captured).toMatchObject({ runtimeVersion: defaultRuntimeVersion, nodeCount: 2, flowCount: 1, credentials: null, lock: null });
  expect(captured.package.dependencies).toEqual({ 'node-red': defaultRuntimeVersion });
  expect(captured.variables.map((variable) => variable.name)).toEqual(['BROKER_HOST', 'PLC_HOST']);
});

it('when flows come as text or as JSON, the digest is the same', () => {
  expect(readRequest({ flows: JSON.stringify(flows) }, key).digest).toBe(readRequest({ flows }, key).digest);
});

it('when package.json names the runtime, that version is taken', () => {
  expect(readRequest({ flows, package: { dependencies: { 'node-red': '4.1.0' } } }, key).runtimeVersion).toBe('4.1.0');
  expect(readRequest({ flows, package: { dependencies: { 'node-red': '4.1.0' } }, runtimeVersion: '5.0.1' }, key).runtimeVersion).toBe(
    '5.0.1',
  );
  expect(() => readRequest({ flows, package: { dependencies: { 'node-red': '^4.0.0' } } }, key)).toThrow(
    refused('PACKAGE_MALFORMED') as Error,
  );
  const lock = lockFor({ 'node-red': '4.1.2' });
  expect(readRequest({ flows, package: { dependencies: { 'node-red': '^4.0.0' } }, lock }, key).runtimeVersion).toBe('4.1.2');
});

it('when the lock was made for another package.json, it is refused', () => {
  expect(() => readRequest({ flows, lock: lockFor({ 'node-red': '4.0.0' }) }, key)).toThrow(refused('LOCK_MISMATCH') as Error);
});

it('when credentials are encrypted, they are read with their secret only', () => {
  const plain = { b1: { user: 'u', password: 'p' } };
  const credentials = encryptCredentials(plain, 'secret', new Uint8Array(16).fill(1));
  expect(readRequest({ flows, credentials, credentialSecret: 'secret' }, key).credentials).toEqual(plain);
  expect(readRequest({ flows, credentials: JSON.stringify(plain) }, key).credentials).toEqual(plain);
  expect(() => readRequest({ flows, credentials, credentialSecret: 'wrong' }, key)).toThrow(refused('CREDENTIALS_UNREADABLE') as Error);
  expect(() => readRequest({ flows, credentials }, key)).toThrow(refused('CREDENTIALS_UNREADABLE') as Error);
});

it('when a credential stands inside a node, it leaves the flows and the digest changes with it', () => {
  const inline = [...flows, { id: 'x', type: 'http request', credentials: { password: 'p' } }];
  const captured = readRequest({ flows: inline }, key);
  expect(captured.credentials).toEqual({ x: { password: 'p' } });
  expect(Buffer.from(captured.flows.bytes).toString()).not.toContain('password');
  const other = [...flows, { id: 'x', type: 'http request', credentials: { password: 'q' } }];
  expect(readRequest({ flows: other }, key).digest).not.toBe(captured.digest);
});

it('when settings are not an application’s to bring along, each is named', () => {
  expect(() => readRequest({ flows, settings: { httpAdminRoot: '/', storageModule: 'x', debugMaxLength: 1 } }, key)).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_FAILED',
      errors: [
        expect.objectContaining({ pointer: '/settings/httpAdminRoot' }),
        expect.objectContaining({ pointer: '/settings/storageModule' }),
      ],
    }),
  );
  expect(readRequest({ flows, settings: { debugMaxLength: 1 } }, key).settings).toEqual({ debugMaxLength: 1 });
});

it('when a variable is declared twice, the second is pointed at', () => {
  const variables = [
    { name: 'A', required: true, secret: false },
    { name: 'A', required: false, secret: false },
  ];
  expect(() => readRequest({ flows, variables }, key)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/variables/1/name' })] }),
  );
});

it('when a request goes on with what was declared, secrets stay, what is no longer used goes, and what is new is added', () => {
  const declared = [
    { name: 'PLC_HOST', required: true, secret: false, default: 'plc.local' },
    { name: 'COMPUTED', required: true, secret: true },
    { name: 'UNUSED', required: true, secret: false },
  ];
  const before = { settings: { mqttReconnectTime: 500 }, variables: declared };
  const read = readRequest({ flows }, key, before);
  expect(read.variables).toEqual([declared[0], declared[1], { name: 'BROKER_HOST', required: true, secret: false }]);
  expect(read.settings).toEqual(before.settings);
  const own = readRequest({ flows, settings: {}, variables: [] }, key, before);
  expect([own.variables, own.settings]).toEqual([[], {}]);
});
