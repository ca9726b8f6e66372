import { systemActor } from '@sluice/ledger';
import { VirtualClock } from '@sluice/platform/testing';
import { decide } from '@sluice/rollout';
import {
  brokenRolloutInvariants,
  canaryPolicy,
  createRolloutWorld,
  type FleetStage,
  type RolloutWorld,
  wholeSuccess,
} from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestRolloutAction, StoreError, stepRollout } from '../index.ts';
import { carryOut } from './carry-out.ts';
import { loadRollout } from './load.ts';

const hasCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

describe('what people ask of a rollout', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let stage: FleetStage;
  let rolloutId: string;
  let stages = 0;
  const detail = () => world.detail(rolloutId);

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
  });
  beforeEach(async () => {
    stages += 1;
    stage = await world.fleet.addStage(`stage-${stages}`, {
      devices: 3,
      policy: canaryPolicy({ soakMs: 10_000, deploymentDeadlineMs: 60_000, onBreach: 'pause' }),
    });
    await clock.advance(1);
    rolloutId = (await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id })).id;
  });
  afterAll(() => world.close());
  afterEach(async () => expect(await brokenRolloutInvariants(world.store)).toEqual([]));

  /** Brings the rollout into a phase. */
  const phases = {
    scheduled: async () => undefined,
    offered: () => world.settle(),
    applying: async () => {
      await world.settle();
      await world.devices.report(stage.deviceIds, ['accepted', 'downloading', 'staged', 'applying']);
      await world.settle();
    },
    soaking: async () => {
      await world.settle();
      await world.devices.report(stage.deviceIds, wholeSuccess);
      await world.settle();
    },
    rest: async () => {
      await phases.soaking();
      await clock.advance(10_000);
      await world.settle();
    },
  };

  it.each([
    { phase: 'scheduled', counts: {} },
    { phase: 'offered', counts: { canceled: 3 } },
    { phase: 'soaking', counts: { succeeded: 1, canceled: 2 } },
    { phase: 'rest', counts: { succeeded: 1, canceled: 2 } },
  ] as const)('when it is aborted while $phase, what has not begun is canceled and it ends as aborted', async ({ phase, counts }) => {
    await phases[phase]();
    expect(await world.act(rolloutId, 'abort')).toMatchObject({ state: 'aborting', reason: 'please abort' });
    await world.settle();
    const ended = await detail();
    expect(ended).toMatchObject({ state: 'aborted', reason: 'please abort' });
    expect(ended.counts).toEqual(counts);
    expect(ended.decisions.find((decision) => decision.kind === 'begin_abort')).toMatchObject({ actor: 'Petra', sentence: 'please abort' });
  });

  it('when it is aborted while a device is past the point of no return, it waits for that device and keeps its success', async () => {
    await phases.applying();
    await world.act(rolloutId, 'abort');
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'aborting', counts: { applying: 1, canceled: 2 }, blockers: [{ code: 'draining' }] });
    await world.devices.report(stage.deviceIds, ['verifying', 'succeeded']);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'aborted', counts: { succeeded: 1, canceled: 2 } });
  });

  it('when an abort and a success come at the same moment, the one that commits first counts, and the rollout ends', async () => {
    await world.settle();
    await world.devices.report(stage.deviceIds, ['accepted', 'downloading', 'staged']);
    await Promise.all([
      world.act(rolloutId, 'abort'),
      world.devices.report(stage.deviceIds, ['applying', 'verifying', 'succeeded']),
      world.settle(),
    ]);
    await world.settle();
    const { state, counts } = await detail();
    expect(state).toBe('aborted');
    expect([{ succeeded: 1, canceled: 2 }, { canceled: 3 }]).toContainEqual(counts);
  });

  it('when a canceled device reports success afterwards, the report is refused with the state and changes nothing', async () => {
    await world.settle();
    await world.devices.report(stage.deviceIds, ['accepted']);
    const told = await world.store.query<{ deploymentId: string }>(
      'SELECT deployment_id AS "deploymentId" FROM device_desired WHERE device_id = $1',
      [stage.deviceIds[0]],
    );
    await world.act(rolloutId, 'abort');
    await world.settle();
    const before = await detail();
    const { accepted, refused } = await world.devices.redeliver();
    expect(accepted).toEqual([]);
    expect(refused).toMatchObject([{ code: 'deployment_closed', state: 'canceled' }]);
    expect((await detail()).counts).toEqual(before.counts);
    expect(told).toHaveLength(1);
  });

  it('when it is paused, nothing new starts and no deadline passes; resumed, it goes on with as much time as it had', async () => {
    await world.settle();
    await clock.advance(50_000);
    expect(await world.act(rolloutId, 'pause')).toMatchObject({ state: 'paused' });
    await clock.advance(3_600_000);
    await world.settle();
    expect(await detail()).toMatchObject({
      state: 'paused',
      counts: { offered: 1, scheduled: 2 },
      blockers: [{ code: 'paused_by_person' }],
    });
    await world.act(rolloutId, 'resume');
    await clock.advance(9_999);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'running', counts: { offered: 1 } });
    await clock.advance(1);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'paused', counts: { timed_out: 1 }, blockers: [{ code: 'paused_by_breach' }] });
  });

  it('when it is paused between two waves, the next wave does not start before it is resumed', async () => {
    await phases.soaking();
    await world.act(rolloutId, 'pause');
    await clock.advance(20_000);
    await world.settle();
    expect((await detail()).waves.map((wave) => wave.state)).toEqual(['soaking', 'pending']);
    await world.act(rolloutId, 'resume');
    await world.settle();
    expect((await detail()).waves.map((wave) => wave.state)).toEqual(['succeeded', 'running']);
  });

  it('when a breach paused it and a person resumes, the gate of that wave is forced, audited, and the rest goes on', async () => {
    await world.settle();
    await world.devices.report(stage.deviceIds, ['rejected'], { code: 'RUNTIME_INCOMPATIBLE' });
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'paused', blockers: [{ code: 'paused_by_breach' }] });
    await world.act(rolloutId, 'resume');
    await world.settle();
    const resumed = await detail();
    expect(resumed).toMatchObject({ state: 'running', waves: [{ state: 'failed' }, { state: 'running' }] });
    expect(resumed.decisions.find((decision) => decision.kind === 'force_gate')).toMatchObject({ actor: 'Petra', waveIndex: 0 });
    await world.devices.report(stage.deviceIds, wholeSuccess);
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'completed_with_failures', counts: { rejected: 1, succeeded: 2 } });
  });

  it('when a person forces the next wave, a soak ends at once, and only an owner lets a wave start without its approvals', async () => {
    const ask = (isOwner: boolean) =>
      world.store.transaction((tx) =>
        requestRolloutAction(
          tx,
          world.fleet.organization.id,
          { rolloutId, action: 'advance', isOwner },
          { actor: { kind: 'person', id: 'p', name: 'Petra', method: 'session' }, reason: 'the line stands still' },
        ),
      );
    const approval = { required: 2, role: 'operator', creatorExcluded: false } as const;
    const policy = canaryPolicy({ soakMs: 10_000, deploymentDeadlineMs: 60_000, onBreach: 'pause' });
    const waves = policy.waves.map((wave, index) => (index === 0 ? wave : { ...wave, approval }));
    stage = await world.fleet.addStage('forced', { devices: 3, policy: { ...policy, waves } });
    rolloutId = (await world.promote({ releaseId: (await world.fleet.publish()).id, stageId: stage.id })).id;
    await phases.soaking();
    await ask(false);
    await world.settle();
    expect(await detail()).toMatchObject({ waves: [{ state: 'succeeded' }, { state: 'awaiting_gate' }] });
    await expect(ask(false)).rejects.toSatisfy(hasCode('FORBIDDEN'));
    await ask(true);
    await world.settle();
    expect((await detail()).waves[1]).toMatchObject({ state: 'running' });
    const entries = await world.store.query(
      `SELECT target_id AS target, actor, reason FROM ledger_entry WHERE action = 'rollout.advanced' AND target_id LIKE $1 || '/%' ORDER BY target_id`,
      [rolloutId],
    );
    const said = { actor: 'Petra', reason: 'the line stands still' };
    expect(entries).toEqual([0, 1].map((wave) => ({ target: `${rolloutId}/${wave}`, ...said })));
  });

  it('when the request does not fit the state, it is refused and nothing changes', async () => {
    await world.settle();
    await expect(world.act(rolloutId, 'resume')).rejects.toSatisfy(hasCode('STATE_CONFLICT'));
    await world.act(rolloutId, 'abort');
    await world.settle();
    const ended = await detail();
    for (const action of ['pause', 'resume', 'abort', 'roll_back'] as const) {
      await expect(world.act(rolloutId, action)).rejects.toSatisfy(hasCode('STATE_CONFLICT'));
    }
    expect(await detail()).toEqual(ended);
  });

  it('when the request names an old version or comes from another organization, it is refused', async () => {
    const ask = (organizationId: string, version?: number) =>
      world.store.transaction((tx) =>
        requestRolloutAction(
          tx,
          organizationId,
          { rolloutId, action: 'abort', ...(version === undefined ? {} : { version }) },
          {
            actor: { kind: 'person', id: 'p', name: 'Petra', method: 'session' },
          },
        ),
      );
    await expect(ask(world.fleet.organization.id, 99)).rejects.toSatisfy(hasCode('VERSION_STALE'));
    await expect(ask('00000000-0000-7000-8000-00000000000f')).rejects.toSatisfy(hasCode('NOT_FOUND'));
    expect(await ask(world.fleet.organization.id, (await detail()).version)).toMatchObject({ state: 'aborting' });
  });

  it('when a decision was made before a person intervened, it is dropped with all that follow it', async () => {
    await world.store.transaction(async (tx) => {
      const loaded = await loadRollout(tx, rolloutId, { now: tx.now, lock: true });
      if (loaded === undefined) throw new Error('no rollout');
      const decisions = decide(loaded.input).decisions;
      await tx.execute(`UPDATE rollout SET state = 'aborting', abort_cause = 'person' WHERE id = $1`, [rolloutId]);
      const done = await carryOut({ tx, record: loaded.record, actor: systemActor, batchSizeMax: 10, releaseSigner: null }, decisions);
      expect(decisions.map((decision) => decision.kind)).toEqual(['start_rollout']);
      expect(done.count).toBe(0);
    });
    await world.settle();
    expect(await detail()).toMatchObject({ state: 'aborted', startedAt: null });
  });

  it('when a step is asked for a rollout that does not exist or has ended, nothing happens', async () => {
    await world.act(rolloutId, 'abort');
    await world.settle();
    expect(await stepRollout(world.store, rolloutId, world.step)).toEqual({ decisions: 0, otherRolloutIds: [] });
    expect(await stepRollout(world.store, '00000000-0000-7000-8000-00000000000f', world.step)).toEqual({
      decisions: 0,
      otherRolloutIds: [],
    });
  });
});
