import { type ReportableDeploymentState, type RolloutAction, reportableDeploymentStates } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { brokenRolloutInvariants, createRolloutWorld, type RolloutWorld } from '@sluice/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Twin } from './testing/twin.ts';
import { TwinFleet } from './testing/twin-fleet.ts';
import { type TwinSeed, twinScenario } from './testing/twin-scenario.ts';

/** What is done to both sides, as data: it shrinks, and can be read in a failure. */
type Command =
  | { kind: 'settle'; batchMax: number }
  | { kind: 'report'; device: number; state: ReportableDeploymentState; attemptOff: number }
  | { kind: 'finish'; device: number; result: ReportableDeploymentState }
  | { kind: 'work'; result: ReportableDeploymentState }
  | { kind: 'health'; device: number; healthy: boolean }
  | { kind: 'request'; action: RolloutAction }
  | { kind: 'approve'; who: number; wave: number | 'asked' }
  | { kind: 'freeze'; minutes: number }
  | { kind: 'lift' }
  | { kind: 'hold' }
  | { kind: 'unhold' }
  | { kind: 'relabel'; device: number; site: number }
  | { kind: 'release'; state: 'succeeded' | 'rolled_back' }
  | { kind: 'remove'; device: number }
  | { kind: 'advance'; milliseconds: number }
  | { kind: 'toTimer' };

const device = fc.nat({ max: 5 });
const results = ['succeeded', 'succeeded', 'failed', 'rolled_back', 'rollback_failed', 'rejected'] as const;
const requests = ['pause', 'pause', 'resume', 'resume', 'resume', 'resume', 'advance', 'abort', 'roll_back', 'reject'] as const;
const settle = fc.record({ kind: fc.constant('settle'), batchMax: fc.constantFrom(1, 2, 1_000) });
const command = fc.oneof(
  { weight: 8, arbitrary: settle },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('report'),
      device,
      state: fc.constantFrom(...reportableDeploymentStates),
      attemptOff: fc.constantFrom(0, 0, 0, -1, 1),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('finish'), device, result: fc.constantFrom(...results) }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('work'), result: fc.constantFrom(...results, 'succeeded', 'succeeded') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('health'), device, healthy: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('request'), action: fc.constantFrom(...requests) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('approve'), who: fc.nat({ max: 2 }), wave: fc.constantFrom('asked', 'asked', -1, 0, 1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('freeze'), minutes: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lift') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('hold', 'unhold', 'unhold') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('relabel'), device, site: fc.nat({ max: 2 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('release'), state: fc.constantFrom('rolled_back', 'rolled_back', 'succeeded') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance'), milliseconds: fc.integer({ min: 1, max: 7_200_000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('toTimer') }) },
) as fc.Arbitrary<Command>;

const mostly = fc.noBias(fc.nat({ max: 9 })).map((number) => number < 5);
const twinSeed: fc.Arbitrary<TwinSeed> = fc.record({
  seed: fc.noBias(fc.integer({ min: 1, max: 1_000_000 })),
  window: mostly,
  budgets: mostly,
  higher: mostly,
  offline: mostly,
  joining: mostly,
  analysis: mostly,
});

const runs = Number(process.env['SLUICE_MODEL_RUNS'] ?? 4);
const firstSeed = Number(process.env['SLUICE_MODEL_SEED'] ?? 20_261_122);
const none: TwinSeed = { seed: 0, window: false, budgets: false, higher: false, offline: false, joining: false, analysis: false };
const work = (result: ReportableDeploymentState): Command => ({ kind: 'work', result });
/** A rollout on its way through its waves. */
const onward: Command[] = [
  ...[work('succeeded'), work('failed'), work('succeeded')],
  ...([
    { kind: 'approve', who: 0, wave: 'asked' },
    { kind: 'request', action: 'resume' },
    { kind: 'release', state: 'rolled_back' },
  ] as const),
  ...[work('succeeded'), work('succeeded'), work('succeeded')],
];
/** Each part of the policy by itself, at work: chance alone seldom gets there in a few runs. */
const examples: [TwinSeed, Command[]][] = [
  [{ ...none, window: true, seed: 10 }, onward],
  [{ ...none, window: true, seed: 12 }, onward],
  [{ ...none, budgets: true, seed: 12 }, onward],
  [{ ...none, higher: true, seed: 12 }, onward],
  [{ ...none, offline: true, seed: 4 }, onward],
  [{ ...none, joining: true, seed: 14 }, onward],
  [{ ...none, analysis: true, seed: 13 }, onward],
];
/** Decisions and blockers without which a part was not looked at. */
const wanted = [
  ...['start_wave', 'offer_wave', 'begin_soak', 'complete_wave', 'pause_rollout', 'time_out_wave_deployments', 'finish_rollout'],
  ...['set_aside', 'take_in_joined', 'begin_analysis', 'record_measurement'],
  ...['outside_window', 'budget_exhausted', 'higher_priority_rollout', 'waiting_for_retry'],
];

function carryOut(twin: Twin, each: Command): Promise<void> {
  switch (each.kind) {
    case 'settle':
      return twin.settle(each.batchMax);
    case 'report':
      return twin.report(each.device, [each.state], each.attemptOff);
    case 'finish':
      return twin.finish(twin.changing(each.device), each.result);
    case 'work':
      return twin.work(each.result);
    case 'health':
      return twin.health(twin.succeeded(each.device), each.healthy);
    case 'request':
      return twin.request(each.action);
    case 'approve':
      return twin.approve(each.who, each.wave);
    case 'freeze':
      return twin.freeze(each.minutes * 60_000);
    case 'lift':
      return twin.lift();
    case 'hold':
      return twin.hold();
    case 'unhold':
      return twin.unhold();
    case 'relabel':
      return twin.relabel(each.device, each.site);
    case 'release':
      return twin.release(each.state);
    case 'remove':
      return twin.remove(each.device);
    case 'advance':
      return twin.advance(each.milliseconds);
    case 'toTimer':
      return twin.toTimer();
  }
}

describe('the store of rollouts beside its model', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let releases: { before: string; target: string };
  let personIds: string[];
  let stages = 0;
  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
    releases = { before: (await world.fleet.publish()).id, target: (await world.fleet.publish()).id };
    const people = await world.store.query<{ id: string }>(
      `INSERT INTO person (id, email, name, created_at) SELECT gen_random_uuid(), n || '@example.com', 'Somebody', $1 FROM generate_series(1, 3) n RETURNING id`,
      [new Date(clock.now())],
    );
    personIds = people.map(({ id }) => id);
    await world.store.query(
      `INSERT INTO membership (organization_id, person_id, role, created_at) SELECT $1, unnest($2::uuid[]), 'operator', $3`,
      [world.fleet.organization.id, personIds, new Date(clock.now())],
    );
  });
  afterAll(() => world.close());

  /** A rollout by a random policy over up to six devices that all run the release before. */
  const begin = async (wanted: TwinSeed): Promise<{ twin: Twin; fleet: TwinFleet }> => {
    stages += 1;
    // Windows begin at full minutes, and of two rollouts the one that is created later is the newer one.
    await clock.advance(119_999 - (clock.now() % 60_000));
    const start = clock.now() + 1;
    const scenario = twinScenario(wanted, start);
    const stage = await world.fleet.addStage(`twin-${stages}`, { devices: scenario.devices.length, policy: scenario.policy });
    const names = await world.store.query<{ id: string; name: string }>(
      'SELECT id, name FROM device WHERE id = ANY($1::uuid[]) ORDER BY name',
      [stage.deviceIds],
    );
    scenario.devices = scenario.devices.map((device, place) => ({ ...device, ...(names[place] ?? {}) }));
    const fleet = new TwinFleet({ world, scenario, stage, start, releaseBefore: releases.before });
    await fleet.begin();
    await clock.advance(1);
    const startAt = scenario.startAt === null ? {} : { startAt: new Date(start + scenario.startAt) };
    const hotfix = scenario.hotfix ? { hotfixReason: 'The valve sticks.' } : {};
    const target = { releaseId: releases.target, stageId: stage.id, policy: scenario.policy };
    const { id: rolloutId } = await world.promote({ ...target, ...startAt, ...hotfix });
    return { fleet, twin: new Twin({ world, clock, scenario, stage, fleet, rolloutId, releases, personIds }) };
  };

  it('when the same commands are given to both, states, counts, waves, blockers, timers and desired releases are the same after each', async () => {
    const commands = fc.array(command, { minLength: 22, maxLength: 36, size: 'max' });
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(twinSeed, commands, async (wanted, list) => {
        const { twin, fleet } = await begin(wanted);
        try {
          await twin.settle(1_000);
          for (const [place, each] of list.entries()) {
            await carryOut(twin, each);
            const expected = twin.expected();
            for (const blocker of [expected['blockers']].flat()) reached.add(String(blocker).split(' ')[0] ?? '');
            expect(await twin.found(), `after command ${place}, ${JSON.stringify(each)}`).toEqual(expected);
          }
        } finally {
          await fleet.end();
        }
        expect(await brokenRolloutInvariants(world.store)).toEqual([]);
      }),
      { numRuns: examples.length + runs, examples, seed: firstSeed, endOnFailure: process.env['SLUICE_MODEL_SHRINK'] === undefined },
    );
    const kinds = await world.store.query<{ kind: string }>('SELECT DISTINCT kind FROM rollout_decision');
    for (const { kind } of kinds) reached.add(kind);
    expect([...reached], 'runs in which nothing happens prove nothing').toEqual(expect.arrayContaining(wanted));
  }, 600_000);
});
