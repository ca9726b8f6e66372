import { createHash } from 'node:crypto';
import type { Assignment, RefusalCode } from '@sluice/contracts';
import { waitFor } from '@sluice/platform/testing';
import { generateSigningKey, signAssignment, signTime } from '@sluice/trust';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AgentProcess } from './support/agent-process.ts';
import { ControlPlane } from './support/control-plane.ts';
import { fixtureModules, modulesOf, packTarball } from './support/modules.ts';
import { type PublishedRelease, publishRelease, type ReleaseOptions } from './support/releases.ts';

const controlPlane = new ControlPlane();
const agent = new AgentProcess();
let counter = 10;

/** Flows without any connection: what is tried here ends before anything runs. */
const flows = (label: string): unknown[] => [{ id: 'tab1', type: 'tab', label }];

function release(label: string, options: Partial<ReleaseOptions> = {}): PublishedRelease {
  counter += 1;
  const variables: ReleaseOptions['change'] = (manifest) => ({ ...manifest, variables: [] });
  const all = { label, counter, flows: flows(label), change: variables, ...options };
  return controlPlane.add(publishRelease(controlPlane.keys, controlPlane.organizationId, all));
}

async function refused(revision: number): Promise<RefusalCode> {
  const report = await waitFor(`the refusal of revision ${revision}; the agent said:\n${agent.output.slice(-2_000)}`, () =>
    controlPlane.reports.find((each) => each.kind === 'refusal' && each.revision === revision),
  );
  return report.kind === 'refusal' ? report.code : 'MALFORMED';
}

async function rejected(deploymentId: string): Promise<string | undefined> {
  await waitFor('the rejection', () => controlPlane.statesOf(deploymentId).includes('rejected'));
  return controlPlane.reportOf(deploymentId, 'rejected')?.code;
}

async function succeeded(target: PublishedRelease): Promise<void> {
  const { deploymentId } = controlPlane.assign({ release: target });
  await waitFor('success', () => controlPlane.statesOf(deploymentId).includes('succeeded'), { timeoutMs: 240_000 });
}

beforeAll(async () => {
  await Promise.all([controlPlane.start(), agent.prepare()]);
  // So that there are revisions below the first one that is accepted.
  controlPlane.revision = 5;
  agent.start(controlPlane.url);
  await waitFor('the enrollment', () => controlPlane.device);
  await succeeded(release('first'));
}, 300_000);

afterAll(async () => {
  await agent.dispose();
  await controlPlane.stop();
});

afterEach(() => {
  controlPlane.faults = {};
  expect(controlPlane.problems).toEqual([]);
});

describe('an agent whose control plane is not to be trusted', () => {
  const target = (): PublishedRelease => release(`target ${counter}`);

  it('when an assignment is not signed by the director, it is refused', async () => {
    const stranger = generateSigningKey();
    controlPlane.faults.tamper = (path, body) => {
      if (!path.startsWith('/desired')) return body;
      const answer = JSON.parse(body.toString('utf8')) as { assignment: { payload: string } };
      const assignment = JSON.parse(Buffer.from(answer.assignment.payload, 'base64').toString('utf8')) as Assignment;
      return Buffer.from(JSON.stringify({ ...answer, assignment: signAssignment(assignment, [stranger]) }));
    };
    const { revision } = controlPlane.assign({ release: target() });
    expect(await refused(revision)).toBe('SIGNATURE');
  });

  it.each<[string, RefusalCode, (assignment: Assignment) => Assignment]>([
    ['is for another device', 'WRONG_DEVICE', (assignment) => ({ ...assignment, deviceId: crypto.randomUUID() })],
    ['is older than one accepted before', 'ROLLBACK_DETECTED', (assignment) => ({ ...assignment, revision: 1 })],
    ['is of another epoch', 'WRONG_DEVICE', (assignment) => ({ ...assignment, epoch: 2 })],
    ['has expired', 'EXPIRED', (assignment) => ({ ...assignment, expiresAt: new Date(Date.now() - 1_000).toISOString() })],
  ])('when an assignment %s, it is refused', async (_name, code, change) => {
    const { revision } = controlPlane.assign({ release: target(), change });
    expect(await refused(revision)).toBe(code);
  });

  it('when the signed time goes back, a freeze is suspected', async () => {
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    const old = signTime({ organizationId: controlPlane.organizationId, time: yesterday }, [controlPlane.keys.time]);
    controlPlane.faults.tamper = (path, body) => (path.startsWith('/time') ? Buffer.from(JSON.stringify(old)) : body);
    const { revision } = controlPlane.assign({ release: target() });
    expect(await refused(revision)).toBe('FREEZE_SUSPECTED');
  });

  it('when another release is delivered than was assigned, it is rejected', async () => {
    const other = target();
    controlPlane.faults.tamper = (path, body) => (path.startsWith('/releases/') ? Buffer.from(JSON.stringify(other.envelope)) : body);
    expect(await rejected(controlPlane.assign({ release: target() }).deploymentId)).toBe('MIX_AND_MATCH');
  });

  it('when a release is not signed by the release key, it is rejected', async () => {
    counter += 1;
    const forged = publishRelease({ release: generateSigningKey() }, controlPlane.organizationId, {
      label: 'forged',
      counter,
      flows: flows('forged'),
    });
    expect(await rejected(controlPlane.assign({ release: controlPlane.add(forged) }).deploymentId)).toBe('SIGNATURE');
  });

  it('when a release is older than the committed one, it is rejected', async () => {
    const old = controlPlane.add(
      publishRelease(controlPlane.keys, controlPlane.organizationId, { label: 'old', counter: 1, flows: flows('old') }),
    );
    expect(await rejected(controlPlane.assign({ release: old }).deploymentId)).toBe('ROLLBACK_DETECTED');
  });

  it('when a byte of a file was changed, it is rejected', async () => {
    controlPlane.faults.tamper = (path, body) => {
      if (!path.startsWith('/blobs/')) return body;
      const changed = Buffer.from(body);
      changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
      return changed;
    };
    expect(await rejected(controlPlane.assign({ release: target() }).deploymentId)).toBe('HASH_MISMATCH');
  });

  it('when a file does not end where it should, it is rejected', async () => {
    controlPlane.faults.tamper = (path, body) => (path.startsWith('/blobs/') ? Buffer.concat([body, Buffer.alloc(100_000)]) : body);
    expect(await rejected(controlPlane.assign({ release: target() }).deploymentId)).toBe('ENDLESS_DATA');
  });

  it('when the list of modules is another release’s, it is rejected', async () => {
    const foreign = release('foreign list', { modules: fixtureModules(Buffer.from('{"lockfileVersion":3,"packages":{"":{}}}')) });
    expect(await rejected(controlPlane.assign({ release: foreign }).deploymentId)).toBe('MIX_AND_MATCH');
  });

  it.each<[string, RefusalCode, (body: Buffer) => Buffer]>([
    ['has other bytes than the signed list says', 'HASH_MISMATCH', (body) => Buffer.alloc(body.length)],
    ['does not end where it should', 'ENDLESS_DATA', (body) => Buffer.concat([body, Buffer.alloc(100_000)])],
  ])('when the tarball of a module %s, it is rejected', async (what, code, change) => {
    const packageLock = Buffer.from(JSON.stringify({ label: what, lockfileVersion: 3, packages: { '': {}, 'node_modules/new': {} } }));
    const tarball = packTarball([{ path: 'index.js', bytes: Buffer.from(`// ${what} ${Date.now()}`) }]);
    const modules = modulesOf(packageLock, new Map([['node_modules/new', tarball]]));
    const target = release(what, { packageLock, modules });
    const path = `/blobs/${createHash('sha256').update(tarball).digest('hex')}`;
    controlPlane.faults.tamper = (asked, body) => (asked === path ? change(body) : body);
    expect(await rejected(controlPlane.assign({ release: target }).deploymentId)).toBe(code);
  });

  it('when the configuration was changed on the way, it is rejected', async () => {
    controlPlane.faults.tamper = (path, body) => {
      if (!path.startsWith('/config/')) return body;
      const box = JSON.parse(body.toString('utf8')) as { ciphertext: string };
      const ciphertext = Buffer.from(box.ciphertext, 'base64');
      ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
      return Buffer.from(JSON.stringify({ ...box, ciphertext: ciphertext.toString('base64') }));
    };
    expect(await rejected(controlPlane.assign({ release: target() }).deploymentId)).toBe('HASH_MISMATCH');
  });

  it('when all of that is over, it still takes an honest update, and nothing of the attacks is left on its disk', async () => {
    const pid = agent.runtimePid();
    await succeeded(target());
    expect(agent.runtimePid()).toBe(pid);
    await waitFor('rest', () => agent.journalState() === 'IDLE');
    expect(agent.list('releases')).toHaveLength(2);
  });
});
