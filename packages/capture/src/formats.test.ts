// What goes out as files and comes back in is the same snapshot; and whatever comes in is read or refused, never anything else.
import type { CreateSnapshotRequest } from '@sluice/contracts';
import {
  type ExportedSnapshot,
  encryptCredentials,
  type JsonObject,
  nodesWithCredentials,
  readUpload,
  writeFlowFuse,
  writeProject,
  writeZip,
} from '@sluice/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestOfFiles, withFileParts } from './file-parts.ts';
import { type ReadRequest, readRequest } from './read-request.ts';

const key = new Uint8Array(32).fill(7);
const iv = new Uint8Array(16).fill(9);
const secret = 'a secret of their own';

/** Keys that poison are refused, and tested elsewhere. */
const jsonValue = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
const text = fc.string({ unit: 'binary', maxLength: 20 });
const memberName = fc.string({ maxLength: 8 }).filter((name) => !['__proto__', 'id', 'type', 'credentials'].includes(name));
const flows = fc
  .array(fc.tuple(fc.constantFrom('tab', 'debug', 'mqtt-broker'), fc.dictionary(memberName, fc.oneof(text, jsonValue))), {
    maxLength: 5,
  })
  .map((nodes) => nodes.map(([type, properties], index) => ({ id: `n${index}`, type, ...properties })));
const fileName = fc.constantFrom(
  'flows.json',
  'main.json',
  'flows',
  'package.json',
  'SETTINGS.JSON',
  'flows_ulm.json',
  'Linie 1.json',
  '`"$(x).json',
  'a_cred.json',
);
const nodeRedSettings = fc.record({ flowFile: fileName, credentialsFile: fileName }, { requiredKeys: [] });
const module = fc.constantFrom('node-red-contrib-modbus', '@scope/x', 'a');
const variable = fc.record(
  {
    name: fc.stringMatching(/^[A-Z_]{1,4}$/),
    required: fc.boolean(),
    secret: fc.boolean(),
    default: fc.string({ maxLength: 8 }).filter((value) => !value.includes('\u0000')),
  },
  { requiredKeys: ['name', 'required', 'secret'] },
);
const settings = fc.dictionary(fc.constantFrom('lang', 'ui', 'functionGlobalContext'), jsonValue, { maxKeys: 2 });

function lockFor(dependencies: Record<string, string>): Record<string, unknown> {
  const places = Object.entries(dependencies).map(([name, version]) => [`node_modules/${name}`, { version }]);
  return { lockfileVersion: 3, packages: { '': { dependencies }, ...Object.fromEntries(places) } };
}

const request: fc.Arbitrary<CreateSnapshotRequest> = fc
  .record({
    flows,
    dependencies: fc.dictionary(module, fc.constantFrom('1.0.0', '2.3.4'), { maxKeys: 3 }),
    project: nodeRedSettings,
    isLocked: fc.boolean(),
    settings,
    variables: fc.uniqueArray(variable, { maxLength: 4, selector: ({ name }) => name }),
    hasCredentials: fc.boolean(),
  })
  .map(({ dependencies, project, isLocked, hasCredentials, ...rest }) => {
    const all = { ...dependencies, 'node-red': '5.0.7' };
    return {
      ...rest,
      package: { dependencies: all, 'node-red': { settings: project } },
      ...(isLocked ? { lock: lockFor(all) } : {}),
      ...(hasCredentials ? { credentials: { n0: { password: 'pä' }, gone: { user: 'u' } } } : {}),
    };
  });

function exported(read: ReadRequest, credentialSecret: string | null): ExportedSnapshot {
  const { credentials, flows: parsed, digest, package: manifest, lock, variables } = read;
  return {
    application: 'Line `1` | <b>',
    number: 3,
    digest,
    message: 'why\n# not',
    flows: parsed.bytes,
    package: manifest,
    lock: lock?.bytes ?? null,
    settings: read.settings as JsonObject,
    variables,
    credentials: credentials === null || credentialSecret === null ? null : encryptCredentials(credentials, credentialSecret, iv),
    nodesWithCredentials: nodesWithCredentials(parsed.nodes, credentials),
  };
}

const writers: Record<string, (snapshot: ExportedSnapshot) => Uint8Array> = {
  project: (snapshot) => writeZip(writeProject(snapshot)),
  flowfuse: writeFlowFuse,
};

describe.each(Object.entries(writers))('a snapshot that is written as %s', (_, write) => {
  it('when it comes back, it has the same digest, credentials included', () => {
    fc.assert(
      fc.property(request, (given) => {
        const before = readRequest(given, key);
        const back = requestOfFiles(readUpload(write(exported(before, secret))));
        const after = readRequest({ ...back, credentialSecret: secret }, key);
        expect(after.digest).toBe(before.digest);
        expect(Buffer.compare(after.flows.bytes, before.flows.bytes)).toBe(0);
        expect(after.credentials).toEqual(before.credentials);
      }),
      { numRuns: 30 },
    );
  });

  it('when it is written without credentials, all but them comes back, and it says which nodes need some', () => {
    const read = readRequest(
      { flows: [{ id: 'n0', type: 'mqtt-broker', name: 'uplink' }], credentials: { n0: { password: 'hunter2' } } },
      key,
    );
    const file = write(exported(read, null));
    const back = readUpload(file);
    expect(back).not.toHaveProperty('credentials');
    expect(readRequest(requestOfFiles(back), key).flows.revision).toBe(read.flows.revision);
    expect(Buffer.from(file).toString('latin1')).not.toContain('hunter2');
  });
});

it('when the name of the flow file would hide another file of the project, the flows get their usual one', () => {
  const read = readRequest({ flows: [], package: { 'node-red': { settings: { flowFile: 'Package.json' } } } }, key);
  expect([...writeProject(exported(read, null)).keys()]).toEqual(expect.arrayContaining(['flows.json', 'package.json']));
  expect([...writeProject(exported(read, null)).keys()]).not.toContain('Package.json');
});

describe('withFileParts', () => {
  const document = {
    name: 'v1',
    flows: { flows: [{ id: 'a', type: 'tab' }], credentials: { $: 'x' } },
    settings: { modules: { a: '1.0.0' }, env: { A: '1' } },
  };

  it('when flows are a document that carries more, the request gets it, but for what it says itself', () => {
    const found = withFileParts({ flows: document, variables: [], message: 'mine' });
    expect(found).toMatchObject({ flows: '[{"id":"a","type":"tab"}]', variables: [], message: 'mine', credentials: '{"$":"x"}' });
    expect(found.package).toBe('{"dependencies":{"a":"1.0.0"}}');
  });

  it('when flows are an array, or text with one, the request is as it was', () => {
    for (const flowsOf of [[{ id: 'a', type: 'tab' }], '[]']) expect(withFileParts({ flows: flowsOf })).toEqual({ flows: flowsOf });
  });
});
