import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { freePort } from '@sluice/platform/process';
import { waitFor } from '@sluice/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentProcess } from './support/agent-process.ts';
import { ControlPlane } from './support/control-plane.ts';
import { startPlc } from './support/plc.ts';
import { type PublishedRelease, publishRelease } from './support/releases.ts';

const controlPlane = new ControlPlane();
const agent = new AgentProcess();
let plc: Awaited<ReturnType<typeof startPlc>>;
let plcPort = 0;
let deadPort = 0;
let counter = 0;
let good: PublishedRelease;

function release(label: string): PublishedRelease {
  counter += 1;
  return controlPlane.add(publishRelease(controlPlane.keys, controlPlane.organizationId, { label, counter }));
}

/** Kills the agent with SIGKILL as soon as the journal says that it is in the state. */
function killIn(state: string): { killed: () => boolean; stop: () => void } {
  let killed = false;
  const look = (): void => {
    if (killed || agent.journalState() !== state) return;
    agent.kill();
    killed = true;
  };
  const watcher = watch(dirname(agent.journalPath), look);
  return { killed: () => killed, stop: () => watcher.close() };
}

const ends = ['succeeded', 'rolled_back', 'failed'];

/** Some states last a few milliseconds, and a busy machine may not see them: then the next update is another chance. */
async function killDuring(state: string, begin: () => { deploymentId: string }): Promise<string> {
  for (let tries = 0; tries < 10; tries += 1) {
    const watching = killIn(state);
    const { deploymentId } = begin();
    const hasEnded = (): boolean =>
      agent.journalState() === 'IDLE' && controlPlane.statesOf(deploymentId).some((each) => ends.includes(each));
    await waitFor(`the state ${state}; the agent said:\n${agent.output.slice(-3_000)}`, () => watching.killed() || hasEnded(), {
      timeoutMs: 60_000,
    });
    watching.stop();
    if (watching.killed()) return deploymentId;
  }
  throw new Error(`the state ${state} was never seen`);
}

async function converged(running: PublishedRelease): Promise<void> {
  await waitFor(
    `rest and ${running.manifest.releaseName}; the agent said:\n${agent.output.slice(-3_000)}`,
    () => {
      const health = controlPlane.lastHealth();
      return (
        agent.journalState() === 'IDLE' &&
        health?.running?.releaseDigest === running.digest &&
        health.runtime?.flowsRevision === running.manifest.flowsRevision &&
        health.verdict.state === 'healthy'
      );
    },
    { timeoutMs: 30_000 },
  );
}

function assign(target: PublishedRelease, port = plcPort, shift = 'early') {
  return controlPlane.assign({ release: target, variables: { PLC_PORT: String(port), SHIFT: shift } });
}

beforeAll(async () => {
  [plcPort, deadPort] = [await freePort(), await freePort()];
  plc = await startPlc(plcPort);
  await Promise.all([controlPlane.start(), agent.prepare()]);
  agent.start(controlPlane.url);
  await waitFor('the enrollment', () => controlPlane.device);
  good = release('base');
  const { deploymentId } = assign(good);
  await waitFor('the first release', () => controlPlane.statesOf(deploymentId).includes('succeeded'), { timeoutMs: 240_000 });
}, 300_000);

afterAll(async () => {
  await agent.dispose();
  await controlPlane.stop();
  await plc.close();
});

describe('an agent that is killed with -9', () => {
  it.each([
    'CHECK',
    'VERIFY',
    'RESERVE_DISK',
    'DOWNLOAD',
    'STAGE',
    'PREFLIGHT',
    'WAIT_WINDOW',
    'ACTIVATE',
    'PROBATION',
    'COMMIT',
    'REPORT',
    'GC',
  ])('when killed in %s, the next agent finishes the update', async (state) => {
    const pid = agent.runtimePid();
    const deploymentId = await killDuring(state, () => {
      good = release(`killed in ${state}`);
      return assign(good);
    });
    await agent.killAndWait();
    agent.start(controlPlane.url);
    await converged(good);
    expect(controlPlane.statesOf(deploymentId).at(-1)).toBe('succeeded');
    // Production never stopped: the update went into the process that was running all the time.
    expect(agent.runtimePid()).toBe(pid);
    expect(controlPlane.problems).toEqual([]);
  });

  it('when killed while it waits for its maintenance window, the next agent waits on, and switches when there is one', async () => {
    const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const assignIn = (opens: number, closes: number) =>
      controlPlane.assign({
        release: good,
        variables: { PLC_PORT: String(plcPort), SHIFT: 'early' },
        change: (assignment) => ({ ...assignment, windows: [{ opensAt: at(opens), closesAt: at(closes) }] }),
      });
    const before = good;
    good = release('in a window');
    const waiting = assignIn(12, 13);
    await waitFor('the wait', () => controlPlane.statesOf(waiting.deploymentId).includes('awaiting_window'), { timeoutMs: 30_000 });
    await agent.killAndWait();
    agent.start(controlPlane.url);
    await waitFor('a new health report', () => controlPlane.lastHealth()?.inventory?.features?.includes('windows'));
    expect(agent.journalState()).toBe('WAIT_WINDOW');
    expect(controlPlane.lastHealth()?.running?.releaseDigest).toBe(before.digest);
    const open = assignIn(-1, 1);
    await waitFor('the switch', () => controlPlane.statesOf(open.deploymentId).includes('succeeded'), { timeoutMs: 60_000 });
    await converged(good);
    expect(controlPlane.problems).toEqual([]);
  });

  it('when killed in ACTIVATE of an update that needs a restart, the next agent finishes the update', async () => {
    let shift = 0;
    const deploymentId = await killDuring('ACTIVATE', () => {
      shift += 1;
      good = release(`restart ${shift}`);
      return assign(good, plcPort, `late ${shift}`);
    });
    await agent.killAndWait();
    agent.start(controlPlane.url);
    await converged(good);
    expect(controlPlane.statesOf(deploymentId).at(-1)).toBe('succeeded');
  });

  it.each(['PROBATION', 'ROLL_BACK', 'VERIFY_ROLLBACK', 'ROLLED_BACK', 'REPORT'])(
    'when killed in %s of a bad release, the next agent goes back',
    async (state) => {
      const deploymentId = await killDuring(state, () => assign(release(`bad ${state}`), deadPort, 'late'));
      await agent.killAndWait();
      agent.start(controlPlane.url);
      await waitFor('the end', () => controlPlane.statesOf(deploymentId).includes('rolled_back'), { timeoutMs: 20_000 });
      await converged(good);
      expect(controlPlane.problems).toEqual([]);
    },
  );

  it('when killed during its enrollment, it enrolls with the same keys', async () => {
    const other = new AgentProcess();
    const plane = new ControlPlane();
    await Promise.all([plane.start(), other.prepare()]);
    try {
      let enrolling = false;
      plane.faults.hold = (path) => {
        if (!path.startsWith('/enroll') || enrolling) return undefined;
        enrolling = true;
        return new Promise(() => undefined);
      };
      other.start(plane.url);
      await waitFor('the first request', () => enrolling);
      await other.killAndWait();
      const before = other.read('identity/identity.json');
      other.start(plane.url);
      await waitFor('the enrollment', () => plane.device);
      expect(other.read('identity/identity.json')).toBe(before);
      expect(JSON.parse(before)).toMatchObject({ signingKey: { publicKey: plane.device?.publicKey } });
    } finally {
      await other.dispose();
      await plane.stop();
    }
  });
});
