import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleList } from '@sluice/contracts';
import { freePort } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { encodeModuleList } from '@sluice/trust';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLayout } from '../src/layout.ts';
import { nodeLocalSockets } from '../src/ports/local-sockets.ts';
import { AgentProcess, modulesFolder } from './support/agent-process.ts';
import { ControlPlane } from './support/control-plane.ts';
import { fixtureModules } from './support/modules.ts';
import { startPlc } from './support/plc.ts';
import { type PublishedRelease, publishRelease, type ReleaseOptions } from './support/releases.ts';

const controlPlane = new ControlPlane();
const agent = new AgentProcess();
let plc: Awaited<ReturnType<typeof startPlc>>;
let plcPort = 0;
let counter = 0;

function release(label: string, options: Partial<ReleaseOptions> = {}): PublishedRelease {
  counter += 1;
  return controlPlane.add(publishRelease(controlPlane.keys, controlPlane.organizationId, { label, counter, ...options }));
}

function variables(change: Record<string, string> = {}): Record<string, string> {
  return { PLC_PORT: String(plcPort), ...change };
}

/** Waits until a deployment has ended and returns the states it went through. */
async function ended(deploymentId: string, timeoutMs = 40_000): Promise<string[]> {
  const ends = ['succeeded', 'failed', 'rejected', 'rolled_back', 'rollback_failed'];
  await waitFor(
    `the end of deployment ${deploymentId}; the agent said:\n${agent.output.slice(-3_000)}`,
    () => controlPlane.statesOf(deploymentId).some((state) => ends.includes(state)),
    { timeoutMs },
  );
  return controlPlane.statesOf(deploymentId);
}

async function healthOf(running: PublishedRelease) {
  return waitFor('a healthy report of the release', () => {
    const health = controlPlane.lastHealth();
    return health?.running?.releaseDigest === running.digest && health.verdict.state === 'healthy' ? health : undefined;
  });
}

/** What somebody with the rights of the agent can do: change the flows inside the running process. */
async function deployByHand(flows: unknown[], credentials: Record<string, unknown>): Promise<void> {
  const { token } = JSON.parse(agent.read('runtime/process.json')) as { token: string };
  const { socket } = createLayout({ root: agent.root, modules: modulesFolder, temporary: tmpdir() });
  const messages: string[] = [];
  const channel = await nodeLocalSockets.connect(socket, { onLine: (line) => void messages.push(line), onClose: () => undefined });
  channel.send(JSON.stringify({ type: 'hello', token }));
  channel.send(JSON.stringify({ type: 'deploy', id: 'by-hand', flows, credentials, deploymentType: 'nodes' }));
  await waitFor('the deployment by hand', () => messages.some((message) => message.includes('"deployed"')));
  channel.close();
}

const lockFile = new URL('./fixtures/package-lock.json', import.meta.url);

/** The same lock with other bytes. */
function otherLock(): Buffer {
  return Buffer.from(readFileSync(lockFile, 'utf8').replace('{', '{ '));
}

beforeAll(async () => {
  plcPort = await freePort();
  plc = await startPlc(plcPort);
  await Promise.all([controlPlane.start(), agent.prepare()]);
  agent.start(controlPlane.url);
  await waitFor('the enrollment', () => controlPlane.device);
});

afterAll(async () => {
  await agent.dispose();
  await controlPlane.stop();
  await plc.close();
});

afterEach(() => {
  controlPlane.faults = {};
  expect(controlPlane.problems).toEqual([]);
});

describe('an agent with a real Node-RED', () => {
  let good: PublishedRelease;

  it('when a first release is assigned, it installs, proves and reports it', async () => {
    good = release('v1');
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables() });
    // The first run on a machine installs the module tree.
    expect(await ended(deploymentId, 240_000)).toEqual(['accepted', 'downloading', 'staged', 'applying', 'verifying', 'succeeded']);
    expect(controlPlane.reportOf(deploymentId, 'succeeded')?.method).toBe('first_start');
    const health = await healthOf(good);
    expect(health.runtime?.flowsRevision).toBe(good.manifest.flowsRevision);
    expect(health.runtime?.connections.map(({ nodeType, state }) => [nodeType, state])).toEqual([['modbus-read', 'connected']]);
  }, 300_000);

  it('when only the flows differ, it applies them in the running process', async () => {
    const before = agent.runtimePid();
    good = release('v2');
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables() });
    await ended(deploymentId);
    expect(controlPlane.reportOf(deploymentId, 'succeeded')).toMatchObject({ method: 'hot', cutOverMs: expect.any(Number) });
    expect(agent.runtimePid()).toBe(before);
    expect((await healthOf(good)).runtime?.flowsRevision).toBe(good.manifest.flowsRevision);
  });

  it('when the configuration differs, it restarts with the new one', async () => {
    const before = agent.runtimePid();
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables({ SHIFT: 'late' }) });
    await ended(deploymentId);
    expect(controlPlane.reportOf(deploymentId, 'succeeded')).toMatchObject({ method: 'restart', cutOverMs: expect.any(Number) });
    expect(agent.runtimePid()).not.toBe(before);
    await healthOf(good);
  });

  it('when only variables differ that the release does not use, nothing restarts and nothing has to be proved', async () => {
    const before = agent.runtimePid();
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables({ SHIFT: 'late', UNUSED: 'x' }) });
    expect(await ended(deploymentId)).toEqual(['accepted', 'downloading', 'staged', 'applying', 'succeeded']);
    expect(agent.runtimePid()).toBe(before);
  });

  it('when somebody wants to know what runs, it tells, also what was changed in the running process, and an agent that was killed tells again', async () => {
    const told = async (captureId: string) => {
      const upload = await waitFor('the capture', () => controlPlane.captures.get(captureId));
      return 'failure' in upload ? expect.unreachable(JSON.stringify(upload)) : upload;
    };
    const unchanged = await told(controlPlane.askForCapture());
    expect(unchanged).toMatchObject({ source: 'runtime', releaseDigest: good.digest, credentials: { compared: true, changed: [] } });
    expect(createHash('sha256').update(JSON.stringify(unchanged.flows)).digest('hex')).toBe(good.manifest.flowsRevision);
    expect(unchanged.modules['node-red']).toBe(good.manifest.runtime.version);
    const edited = [
      ...unchanged.flows.slice(0, -1),
      {
        id: 'fn1',
        type: 'function',
        z: 'tab1',
        name: 'by hand',
        func: 'return null;',
        initialize: 'node.warn("now " + env.get("SHIFT"))',
        wires: [[]],
      },
    ];
    await deployByHand(edited, { fn1: { token: 'hunter2' } });
    let restarted: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    controlPlane.faults = { hold: (path) => (path.startsWith('/captures/') ? held : undefined) };
    const uploads = (): number => controlPlane.requests.filter((request) => request.includes('/captures/')).length;
    const before = uploads();
    const captureId = controlPlane.askForCapture();
    await waitFor('the first try', () => uploads() > before);
    await agent.killAndWait();
    agent.start(controlPlane.url);
    await waitFor('the second try', () => uploads() > before + 1);
    controlPlane.faults = {};
    restarted();
    const drift = await told(captureId);
    expect(drift.flows).toEqual(edited);
    expect(drift.credentials).toEqual({ compared: true, changed: [{ id: 'fn1', type: 'function', name: 'by hand' }] });
    expect(JSON.stringify([...controlPlane.captures.values()])).not.toContain('hunter2');
    const log = async (source: 'runtime' | 'agent'): Promise<string> => {
      const id = controlPlane.askForLogs(source);
      const upload = await waitFor('the log', () => controlPlane.logs.get(id), { timeoutMs: 60_000 });
      return 'failure' in upload ? expect.unreachable(JSON.stringify(upload)) : upload.lines.join('\n');
    };
    const written = async () => {
      const text = await log('runtime');
      return text.includes('by hand') ? text : undefined;
    };
    expect(await waitFor('what the flow wrote', written, { timeoutMs: 60_000 })).toContain('now [variable SHIFT]');
    expect(await log('agent')).toContain('told what was asked for');
    await deployByHand(unchanged.flows, {});
    await healthOf(good);
  });

  it('when a release loses its connection, it goes back by itself and says why', async () => {
    const bad = release('v3');
    const { deploymentId } = controlPlane.assign({ release: bad, variables: variables({ PLC_PORT: String(await freePort()) }) });
    expect((await ended(deploymentId)).at(-1)).toBe('rolled_back');
    const report = controlPlane.reportOf(deploymentId, 'rolled_back');
    expect(report).toMatchObject({ code: 'CONNECTION_LOST', failureDetail: 'rolled_back' });
    expect(report?.message).toContain('modbus-read "counter"');
    expect((await healthOf(good)).runtime?.flowsRevision).toBe(good.manifest.flowsRevision);
  });

  it('when something else is assigned during the probation, it goes back and installs that', async () => {
    const slow = release('slow', { healthPolicy: { windowMs: 60_000, decideWithinMs: 120_000 } });
    const first = controlPlane.assign({ release: slow, variables: variables({ SHIFT: 'late' }) });
    await waitFor('the probation', () => controlPlane.statesOf(first.deploymentId).includes('verifying'), { timeoutMs: 20_000 });
    good = release('after slow');
    const second = controlPlane.assign({ release: good, variables: variables({ SHIFT: 'late' }) });
    expect((await ended(second.deploymentId)).at(-1)).toBe('succeeded');
    expect(controlPlane.reportOf(first.deploymentId, 'rolled_back')?.code).toBe('SUPERSEDED');
  });

  it('when the flows need a node type that is not there, it goes back at once', async () => {
    const bad = release('missing type', {
      flows: [
        { id: 'tab1', type: 'tab' },
        { id: 'n1', type: 'no-such-node', z: 'tab1', wires: [] },
      ],
    });
    const { deploymentId } = controlPlane.assign({ release: bad, variables: variables({ SHIFT: 'late' }) });
    expect((await ended(deploymentId)).at(-1)).toBe('rolled_back');
    expect(controlPlane.reportOf(deploymentId, 'rolled_back')).toMatchObject({ code: 'MISSING_NODE_TYPES', method: 'hot' });
    await healthOf(good);
  });

  it('when Node-RED is killed, it is started again and the control plane is told', async () => {
    const pid = agent.runtimePid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor('another process', () => agent.runtimePid() !== pid && agent.runtimePid() !== undefined);
    await waitFor('the event', () => controlPlane.reports.some((report) => report.kind === 'event' && report.code === 'RUNTIME_CRASHED'));
  });

  it('when a release has another lock, it is installed without npm, without a registry, and without fetching a package again', async () => {
    await agent.stop();
    const packageLock = otherLock();
    rmSync(join(modulesFolder, createHash('sha256').update(packageLock).digest('hex')), { recursive: true, force: true });
    agent.start(controlPlane.url, { npm_config_registry: 'http://127.0.0.1:9', PATH: '/nowhere' });
    const before = controlPlane.requests.length;
    good = release('other lock', { packageLock });
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables() });
    expect((await ended(deploymentId, 120_000)).at(-1)).toBe('succeeded');
    const blobs = controlPlane.requests.slice(before).filter((each) => each.startsWith('GET /blobs/'));
    // The lock, the list of modules and the flows; none of the tarballs.
    expect(blobs.length).toBeLessThanOrEqual(3);
    await healthOf(good);
    await agent.stop();
    agent.start(controlPlane.url);
  }, 150_000);

  it('when a package of the release is not made for this device, it says so before it downloads', async () => {
    const list = JSON.parse(fixtureModules().list.toString('utf8')) as ModuleList;
    const modules = list.modules.map((module) => (module.name === 'node-red' ? { ...module, cpu: ['pdp11'] } : module));
    // A tree that is there is not asked for its parts.
    const packageLock = Buffer.from(`${readFileSync(lockFile, 'utf8')} `);
    const lockDigest = createHash('sha256').update(packageLock).digest('hex');
    const withLock = { list: Buffer.from(encodeModuleList({ ...list, modules, lockDigest })), tarballs: [] };
    const { deploymentId } = controlPlane.assign({
      release: release('foreign', { packageLock, modules: withLock }),
      variables: variables(),
    });
    expect(await ended(deploymentId)).toEqual(['accepted', 'failed']);
    expect(controlPlane.reportOf(deploymentId, 'failed')).toMatchObject({ code: 'RUNTIME_UNFIT', failureDetail: 'no_state_change' });
  });

  it('when a required variable has no value, it fails before anything is touched', async () => {
    const { deploymentId } = controlPlane.assign({ release: release('no variable'), variables: {} });
    expect((await ended(deploymentId)).at(-1)).toBe('failed');
    expect(controlPlane.reportOf(deploymentId, 'failed')?.code).toBe('VARIABLE_MISSING');
  });

  it('when the release was made for another Node, it says so before it downloads', async () => {
    const change: ReleaseOptions['change'] = (manifest) => ({ ...manifest, runtime: { ...manifest.runtime, node: '>=99' } });
    const { deploymentId } = controlPlane.assign({ release: release('future', { change }), variables: variables() });
    expect(await ended(deploymentId)).toEqual(['accepted', 'failed']);
    expect(controlPlane.reportOf(deploymentId, 'failed')?.code).toBe('RUNTIME_UNFIT');
  });

  it('when a failed target is offered again under the same revision, it is not tried again; a new revision is', async () => {
    const bad = release('once', { change: (manifest) => ({ ...manifest, runtime: { ...manifest.runtime, node: '>=99' } }) });
    const first = controlPlane.assign({ release: bad, variables: variables() });
    await ended(first.deploymentId);
    const before = controlPlane.requests.length;
    await agent.killAndWait();
    agent.start(controlPlane.url);
    await waitFor(
      'the agent to ask again',
      () => controlPlane.requests.slice(before).filter((each) => each === 'GET /desired').length >= 2,
    );
    expect(controlPlane.requests.slice(before).some((each) => each.includes(bad.digest))).toBe(false);
    const second = controlPlane.assign({ release: bad, variables: variables() });
    expect((await ended(second.deploymentId)).at(-1)).toBe('failed');
  });

  it('when the control plane refuses it or a portal answers, the runtime is left alone and later updates work', async () => {
    const pid = agent.runtimePid();
    for (const faults of [{ status: 401 }, { status: 403 }, { status: 404 }, { portal: true }]) {
      controlPlane.faults = faults;
      const before = controlPlane.requests.length;
      await agent.killAndWait();
      agent.start(controlPlane.url);
      await waitFor('two requests', () => controlPlane.requests.length >= before + 2);
      expect(agent.runtimePid()).toBe(pid);
    }
    controlPlane.faults = {};
    good = release('after the portal');
    const { deploymentId } = controlPlane.assign({ release: good, variables: variables() });
    expect((await ended(deploymentId)).at(-1)).toBe('succeeded');
  });

  it('when there is no network, the last good release starts all the same', async () => {
    await agent.killAndWait();
    process.kill(agent.runtimePid() ?? 0, 'SIGKILL');
    const starts = (): number => agent.runtimeLog().split('Started flows').length;
    const before = starts();
    agent.start('http://127.0.0.1:9');
    await waitFor('the flows to start', () => starts() > before);
    await agent.killAndWait();
    agent.start(controlPlane.url);
    const health = await healthOf(good);
    expect(health.runtime?.flowsState).toBe('started');
  });

  it('when the committed release keeps dying, it goes back to the one before by itself and says so', async () => {
    const fragile = release('fragile', {
      flows: [
        { id: 'tab1', type: 'tab', label: 'line' },
        {
          id: 'in1',
          type: 'inject',
          z: 'tab1',
          once: true,
          onceDelay: '1',
          props: [{ p: 'payload' }],
          payload: '',
          payloadType: 'date',
          wires: [['fn1']],
        },
        { id: 'fn1', type: 'function', z: 'tab1', func: 'Promise.reject(new Error("boom"));', outputs: 1, wires: [[]] },
      ],
    });
    const { deploymentId } = controlPlane.assign({ release: fragile, variables: variables() });
    expect((await ended(deploymentId)).at(-1)).toBe('succeeded');
    const event = await waitFor(
      'the event',
      () => controlPlane.reports.find((report) => report.kind === 'event' && report.code === 'RUNTIME_CRASH_LOOP'),
      { timeoutMs: 60_000 },
    );
    expect(event).toMatchObject({ level: 'error', message: expect.stringContaining('fragile') });
    expect(controlPlane.reports.some((report) => report.kind === 'event' && report.message.includes('boom'))).toBe(true);
    await healthOf(good);
  });

  it('when nothing shall run any more, it ends the runtime', async () => {
    const { deploymentId } = controlPlane.assign({ release: null });
    expect((await ended(deploymentId)).at(-1)).toBe('succeeded');
    expect(agent.runtimePid()).toBeUndefined();
  });
});
