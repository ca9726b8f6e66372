import type { Assignment } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSignedTime } from '../../control-plane/signed-time.ts';
import { AgentError } from '../../errors.ts';
import { initialTrustState } from '../../trust-state.ts';
import type { StepRun } from '../context.ts';
import type { StepOutcome } from '../decide.ts';
import type { PendingDeploymentReport } from '../deployment-reports.ts';
import { idleRecord } from '../record.ts';
import { type WaitDeps, waitWindow } from './wait-window.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const hour = 3_600_000;
const at = (hours: number): string => new Date(start + hours * hour).toISOString();
const window = (opens: number, closes: number) => ({ opensAt: at(opens), closesAt: at(closes) });
const assignment = { deploymentId: 'd', attempt: 2, revision: 3 } as Assignment;

/** The step at work, with everything around it under the test's hands. */
function begin(windows: Assignment['windows'], options: { boots?: number; skewMs?: number; floor?: number; signed?: () => number } = {}) {
  const clock = new VirtualClock(start + (options.skewMs ?? 0));
  const trust = {
    read: () => ({ ...initialTrustState, timeFloor: options.floor ?? 0 }),
    root: () => undefined,
    update: async () => undefined,
  };
  const signedTime = createSignedTime({ clock, trust });
  const told: PendingDeploymentReport[] = [];
  const state = { newest: { ...assignment, ...(windows === undefined ? {} : { windows }) }, superseded: false, asked: 0, refreshed: 0 };
  const deps: WaitDeps = {
    clock,
    trust,
    signedTime,
    reporter: { deployment: async (report: PendingDeploymentReport) => void told.push(report) } as WaitDeps['reporter'],
    supervisor: { wanted: () => null, health: () => null } as WaitDeps['supervisor'],
    refreshTime: async () => {
      state.refreshed += 1;
      if (options.signed === undefined) throw new Error('offline');
      signedTime.heard(options.signed());
    },
    askAnew: () => {
      state.asked += 1;
    },
  };
  const controller = new AbortController();
  const record = { ...idleRecord, state: 'WAIT_WINDOW' as const, assignment: state.newest, boots: options.boots ?? 0 };
  const run: StepRun = { record, signal: controller.signal, isSuperseded: () => state.superseded, newest: () => state.newest };
  let outcome: StepOutcome | 'waits' | AgentError = 'waits';
  waitWindow(deps, run).then(
    (result) => {
      outcome = result;
    },
    (error: AgentError) => {
      outcome = error;
    },
  );
  return {
    clock,
    told,
    state,
    controller,
    signedTime,
    waits: async (hours: number) => {
      await clock.advance(hours * hour);
      return outcome === 'waits';
    },
    outcome: () => outcome,
  };
}

describe('the wait for the maintenance window', () => {
  let step: ReturnType<typeof begin>;
  const opened = async () => {
    await step.clock.advance(6_000);
    return step.outcome();
  };
  beforeEach(() => {
    step = begin([window(2, 3), window(26, 27)]);
  });

  it('when there is no window, nothing is waited for, told or asked', async () => {
    step = begin(undefined);
    expect(await step.waits(0)).toBe(false);
    expect([step.told, step.state.refreshed]).toEqual([[], 0]);
  });

  it('when it is closed, that is told once, and the switch comes when it opens, not before', async () => {
    expect(await step.waits(1.99)).toBe(true);
    expect(step.told).toEqual([expect.objectContaining({ state: 'awaiting_window', attempt: 2, message: expect.stringContaining(at(2)) })]);
    await step.clock.advance(0.01 * hour);
    expect(await opened()).toMatchObject({ kind: 'done', patch: { assignment: step.state.newest, baseline: { connections: [] } } });
    expect(step.told).toHaveLength(1);
  });

  it('when the agent was killed while it waited, it goes on waiting and tells nothing twice', async () => {
    step = begin([window(2, 3)], { boots: 1 });
    expect(await step.waits(1.9)).toBe(true);
    expect(await step.waits(0.2)).toBe(false);
    expect(step.told).toEqual([]);
  });

  it('when its window passed while the device slept, it waits for the next one', async () => {
    expect(await step.waits(1)).toBe(true);
    step.clock.jump(4 * hour);
    expect(await step.waits(19)).toBe(true);
    step.state.newest = { ...step.state.newest, revision: 4 };
    expect(await step.waits(2.1)).toBe(false);
    expect(step.outcome()).toMatchObject({ patch: { assignment: { revision: 4 } } });
  });

  it('when something else is assigned, it ends at once without waiting for the opening', async () => {
    expect(await step.waits(1)).toBe(true);
    step.state.superseded = true;
    step.controller.abort(new AgentError('SUPERSEDED', 'else'));
    expect(await step.waits(0)).toBe(false);
    expect(step.outcome()).toMatchObject({ code: 'SUPERSEDED' });
  });

  it('when the control plane gives other windows, or none, for the same release, those count', async () => {
    expect(await step.waits(1)).toBe(true);
    step.state.newest = { ...assignment, windows: [window(5, 6)] };
    expect(await step.waits(3)).toBe(true);
    // The rollout is paused: no window opens, whatever it was told before.
    step.state.newest = { ...assignment, windows: [] };
    expect(await step.waits(3)).toBe(true);
    step.state.newest = assignment;
    expect(await opened()).toMatchObject({ kind: 'done' });
  });

  it('when all windows have passed, it asks for others now and then, and never switches', async () => {
    step = begin([window(-2, -1)]);
    expect(await step.waits(48)).toBe(true);
    expect(step.state.asked).toBeGreaterThan(100);
    expect(step.state.asked).toBeLessThan(200);
    expect(step.told[0]?.message).not.toContain('opens at');
  });

  it('when the clock of the device is wrong, the signed time counts, also when it can only be had at the last moment', async () => {
    step = begin([window(2, 3)], { skewMs: 2 * hour, signed: () => start + step.clock.monotonic() });
    expect(await step.waits(1)).toBe(true);
    expect(step.state.refreshed).toBe(1);
    expect(await step.waits(1.1)).toBe(false);
    expect(step.state.refreshed).toBe(2);
  });

  it('when the clock is known to be wrong and nothing better is known, it does not switch, and asks', async () => {
    step = begin([window(2, 3)], { skewMs: 20 * 365 * 24 * -hour, floor: start + 2.5 * hour });
    expect(await step.waits(0.1)).toBe(true);
    expect(step.state.asked).toBe(1);
    step.signedTime.heard(start + 2.6 * hour);
    expect(await opened()).toMatchObject({ kind: 'done' });
  });

  it('when the clock is set while it waits, both times have to be in the window until a signed one comes', async () => {
    let isOnline = false;
    const signed = (): number => {
      if (!isOnline) throw new Error('offline');
      return start + step.clock.monotonic();
    };
    step = begin([window(0.1, 1), window(4, 5)], { signed });
    step.signedTime.heard(start);
    step.clock.jump(2.5 * hour);
    // First it is open by the time since the signed one, then by the clock of the device: never by both.
    expect(await step.waits(1.2)).toBe(true);
    expect(await step.waits(1)).toBe(true);
    isOnline = true;
    step.signedTime.heard(signed());
    expect(await step.waits(1.7)).toBe(true);
    expect(await step.waits(0.2)).toBe(false);
  });
});
