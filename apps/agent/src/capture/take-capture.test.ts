import { createHmac } from 'node:crypto';
import { seededRandom } from '@sluice/platform/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { AgentError } from '../errors.ts';
import type { Installation } from '../install/installation.ts';
import { createLayout } from '../layout.ts';
import { encryptCredentials } from '../runtime/node-red/credentials.ts';
import { type TakeCaptureDeps, takeCapture } from './take-capture.ts';

const layout = createLayout({ root: '/agent', modules: '/agent/modules', temporary: '/tmp' });
const random = seededRandom(1);
const installation = { name: 'i1', releaseDigest: 'd1', lockDigest: 'l1' } as Installation;
const flows = [
  { id: 'a', type: 'mqtt-broker', name: 'Broker', credentials: { password: 'hunter2' } },
  { id: 'b', type: 'http request', name: 'MES' },
  { id: 'c', type: 'debug' },
];
const given = { a: { user: 'u', password: 'p' }, b: { password: 'q' }, gone: { password: 'r' } };

let disk: SimulatedDisk;
let deps: TakeCaptureDeps;

async function put(path: string, value: unknown): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  await disk.fileSystem.makeFolder(folder, 0o700);
  await disk.fileSystem.write(path, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
}

beforeEach(async () => {
  disk = new SimulatedDisk(seededRandom(1));
  deps = {
    fileSystem: disk.fileSystem,
    layout,
    random,
    credentialSecret: 'secret',
    supervisor: { runningFlows: async () => null, wanted: () => installation },
    installations: { require: async () => installation, inputs: async () => ({ environment: {}, credentials: given }) },
  };
  await put('/agent/releases/d1/files/package.json', { dependencies: { 'node-red': '5.0.7', '@x/y': '^1.0.0', absent: '1.0.0' } });
  await put('/agent/modules/l1/node_modules/node-red/package.json', { version: '5.0.7' });
  await put('/agent/modules/l1/node_modules/@x/y/package.json', { version: '1.2.3' });
  await put('/agent/installations/i1/flows.json', `\uFEFF${JSON.stringify(flows)}`);
});

const store = (credentials: Record<string, unknown>, secret = 'secret'): Promise<void> =>
  put(
    '/agent/installations/i1/flows_cred.json',
    encryptCredentials(credentials, secret, (size) => random.randomBytes(size)),
  );

describe('takeCapture', () => {
  it('when no runtime is up, it tells what would start, with the versions that lie there, and never a credential', async () => {
    await store(given);
    const content = await takeCapture(deps);
    expect(content).toEqual({
      source: 'files',
      releaseDigest: 'd1',
      flows: [{ id: 'a', type: 'mqtt-broker', name: 'Broker' }, flows[1], flows[2]],
      runtimeVersion: null,
      modules: { 'node-red': '5.0.7', '@x/y': '1.2.3' },
      credentials: { compared: true, changed: [] },
    });
  });

  it('when stored credentials were changed, it names the nodes; when they cannot be read, it says that it does not know', async () => {
    await store({ a: { password: 'p', user: 'u' }, b: { password: 'other' }, c: { token: 'new' } });
    expect((await takeCapture(deps)).credentials).toEqual({
      compared: true,
      changed: [
        { id: 'b', type: 'http request', name: 'MES' },
        { id: 'c', type: 'debug', name: '' },
      ],
    });
    await store(given, 'another secret');
    expect((await takeCapture(deps)).credentials).toEqual({ compared: false, changed: [] });
  });

  it('when the runtime is up, its answer counts and not the files', async () => {
    deps.supervisor.runningFlows = async (key) => {
      // As the probe makes them: keyed, over canonical JSON.
      const a = createHmac('sha256', Buffer.from(key, 'base64')).update('{"password":"p","user":"u"}').digest('hex');
      const nodes = [
        { id: 'z', type: 'x', credentials: {} },
        { id: 'a', type: 'mqtt-broker' },
      ];
      return { installation: 'i1', flows: { flows: nodes, runtimeVersion: '5.0.7', fingerprints: { z: 'f', a } } };
    };
    expect(await takeCapture(deps)).toMatchObject({
      source: 'runtime',
      flows: [{ id: 'z', type: 'x' }, { id: 'a' }],
      runtimeVersion: '5.0.7',
      credentials: { compared: true, changed: [{ id: 'z' }] },
    });
  });

  it('when nothing runs, or what is stored is no list of nodes, it says so', async () => {
    await put('/agent/installations/i1/flows.json', '{"not":"flows"}');
    await expect(takeCapture(deps)).rejects.toMatchObject({ code: 'FLOWS_MALFORMED' } satisfies Partial<AgentError>);
    deps.supervisor.wanted = () => null;
    await expect(takeCapture(deps)).rejects.toBeInstanceOf(AgentError);
  });
});
