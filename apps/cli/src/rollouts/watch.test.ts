import type { Blocker, RolloutDecision, RolloutDetail, RolloutState } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.ts';
import type { Session } from '../frame/session.ts';
import { instantClock } from '../testing/run.ts';
import { exitCodeOfEnd } from './follow.ts';
import { watchRollout } from './watch.ts';

const decision = (id: string): RolloutDecision => ({
  id,
  at: '2026-11-22T10:00:00.000Z',
  kind: 'start_wave',
  waveIndex: 0,
  actor: 'Sluice',
  code: 'first_wave',
  sentence: `decision ${id}`,
  numbers: {},
  policyVersion: 1,
});
const blocker = (code: string, sentence = code): Blocker => ({ code, sentence, unblock: '', waveIndex: null, until: null, numbers: {} });

/** Newest first, as the control plane gives them. */
function rollout(state: RolloutState, decisions: string[] = [], blockers: Blocker[] = []): RolloutDetail {
  const release = { id: 'r', name: 'v1', digest: '', counter: 1, applicationId: 'a', applicationName: 'line' };
  return {
    id: 'x',
    applicationId: 'a',
    applicationName: 'line',
    release,
    stageId: 's',
    stageName: 'prod',
    kind: 'promotion',
    rollbackOf: null,
    state,
    reason: null,
    size: 1,
    counts: {},
    createdBy: 'kim',
    createdAt: '2026-11-22T10:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    version: 1,
    startAt: null,
    priority: 0,
    hotfixReason: null,
    approvals: [],
    policy: { waves: [], order: 'name', deploymentDeadlineMs: 60_000, onBreach: 'pause' },
    policyVersion: 1,
    waves: [],
    blockers,
    measurements: [],
    decisions: decisions.map(decision),
  };
}

const down = new CliError('UNREACHABLE', 'nobody is there');

async function watch(looks: (RolloutDetail | CliError)[], options: { timeoutMs?: number; told?: ReadonlySet<string> } = {}) {
  const told: string[] = [];
  let look = 0;
  const get = async () => {
    const next = looks[Math.min(look++, looks.length - 1)];
    if (next instanceof CliError) throw next;
    return next;
  };
  const session = { get } as Partial<Session> as Session;
  const listener = {
    decision: ({ id }: RolloutDecision) => void told.push(id),
    blockers: (blockers: readonly Blocker[]) => void told.push(...blockers.map(({ sentence }) => sentence)),
    progress: () => undefined,
    trouble: () => void told.push('trouble'),
  };
  const ports = { clock: instantClock(), signal: new AbortController().signal };
  const end = await watchRollout(session, ports, { rolloutId: 'x', timeoutMs: options.timeoutMs, listener, ...options });
  return { told, end, looks: look };
}

describe('watchRollout', () => {
  it('when decisions come in, each is told once and in its order, until the rollout ends', async () => {
    const { told, end } = await watch([
      rollout('running', ['2', '1']),
      rollout('running', ['2', '1']),
      rollout('succeeded', ['3', '2', '1']),
    ]);
    expect(told).toEqual(['1', '2', '3']);
    expect(end).toMatchObject({ timedOut: false, rollout: { state: 'succeeded' } });
  });

  it('when earlier decisions were told before, only what follows is told', async () => {
    expect(
      (await watch([rollout('running', ['2', '1']), rollout('aborted', ['3', '2', '1'])], { told: new Set(['1', '2']) })).told,
    ).toEqual(['3']);
  });

  it('when the same blocker only counts other devices, it is not told again', async () => {
    const looks = [
      rollout('running', [], [blocker('waits', 'waits for 2')]),
      rollout('running', [], [blocker('waits', 'waits for 1')]),
      rollout('running'),
      rollout('running', [], [blocker('waits', 'waits again')]),
      rollout('succeeded'),
    ];
    expect((await watch(looks)).told).toEqual(['waits for 2', 'waits again']);
  });

  it('when the control plane is away for a while, that is told once, and the watching goes on', async () => {
    const { told, end } = await watch([rollout('running', ['1']), down, down, rollout('succeeded', ['2', '1'])]);
    expect(told).toEqual(['1', 'trouble', '2']);
    expect(end.rollout.state).toBe('succeeded');
  });

  it('when the control plane stays away, the watching ends with the reason', async () => {
    await expect(watch([down])).rejects.toBe(down);
  });

  it('when the rollout does not exist, there is nothing to wait for', async () => {
    await expect(watch([new CliError('NOT_FOUND', 'no')])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('when time is over, it says that the rollout goes on', async () => {
    const { end, looks } = await watch([rollout('running')], { timeoutMs: 5_000 });
    expect([end.timedOut, looks]).toEqual([true, 6]);
    expect(exitCodeOfEnd(end)).toBe(8);
  });
});

describe('exitCodeOfEnd', () => {
  it.each([
    ['succeeded', 0],
    ['completed_with_failures', 0],
    ['failed', 7],
    ['aborted', 7],
    ['rejected', 7],
    ['superseded', 6],
  ] as const)('when the rollout ends as %s, the exit code is %i', (state, exitCode) => {
    expect(exitCodeOfEnd({ rollout: rollout(state), timedOut: false })).toBe(exitCode);
  });

  it('when a gate holds the rollout, the gate has failed; when a person does, nothing is decided', () => {
    const codeOf = (code: string) => exitCodeOfEnd({ rollout: rollout('paused', [], [blocker(code)]), timedOut: false });
    expect([codeOf('paused_by_breach'), codeOf('paused_by_person')]).toEqual([7, 8]);
  });
});
