/**
 * One rollout twice: in Postgres, and in the store of the simulator, which is the model. Each command is done to both; what they hold must be
 * the same afterwards. The engine is the same code on both sides, so that every difference is one of the statements, or of the model.
 */
import type { DeploymentState, ReportableDeploymentState, RolloutAction } from '@sluice/contracts';
import type { VirtualClock } from '@sluice/platform/testing';
import { decide, decideRequest, isTerminalRolloutState, wavePolicyOf } from '@sluice/rollout';
import { MemoryStore } from '@sluice/rollout/simulator';
import { type FleetStage, type RolloutWorld, wholeSuccess } from '@sluice/testkit';
import { StoreError } from '../../errors.ts';
import { approveRollout } from '../approvals.ts';
import { dueRollouts } from '../due.ts';
import { createFreeze, liftFreeze } from '../freezes.ts';
import { createHold, liftHold } from '../holds.ts';
import { loadRollout } from '../load.ts';
import { removeDevicesFromRollouts } from '../remove-devices.ts';
import { applyDeploymentReports } from '../reports.ts';
import { requestRolloutAction } from '../request-action.ts';
import { stepRollout } from '../step.ts';
import { type Picture, pictureOf, stepPicture } from './picture.ts';
import type { TwinFleet } from './twin-fleet.ts';
import type { TwinScenario } from './twin-scenario.ts';

export type TwinParts = {
  world: RolloutWorld;
  clock: VirtualClock;
  scenario: TwinScenario;
  stage: FleetStage;
  /** What the devices are like at every moment, in Postgres. */
  fleet: TwinFleet;
  rolloutId: string;
  /** What the devices ran before, and what the rollout brings. */
  releases: { before: string; target: string };
  /** People with the role of an operator. */
  personIds: readonly string[];
};

const person = { kind: 'person', id: '00000000-0000-7000-8000-000000000001', name: 'Petra', method: 'session' } as const;
const inChange: readonly DeploymentState[] = ['offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'applying', 'verifying'];
const roundsMax = 500;
/** Nobody tells a rollout what others leave to it: it looks. */
const othersLookMs = 5_000;

export class Twin {
  readonly #parts: TwinParts;
  readonly #start: number;
  readonly model: MemoryStore;
  readonly #freezeIds: string[] = [];
  #holdId: string | null = null;
  readonly #approved = new Set<string>();
  #sequence = 0;

  constructor(parts: TwinParts) {
    this.#parts = parts;
    this.#start = parts.clock.now();
    this.model = new MemoryStore(parts.scenario, this.#start);
  }

  get #now(): number {
    return this.#parts.clock.now();
  }

  get #organizationId(): string {
    return this.#parts.world.fleet.organization.id;
  }

  /** The device of a number; numbers wrap around. */
  #device(place: number): string {
    const { deviceIds } = this.#parts.stage;
    return deviceIds[place % deviceIds.length] ?? '';
  }

  /** The place of a device that is in mid-change, if there is any, and of one that succeeded: chance alone seldom finds them. */
  changing(place: number): number {
    return this.#placeOf(place, inChange);
  }

  succeeded(place: number): number {
    return this.#placeOf(place, ['succeeded']);
  }

  #placeOf(place: number, states: readonly DeploymentState[]): number {
    const { deviceIds } = this.#parts.stage;
    const wanted = deviceIds.filter((id) => states.includes(this.model.deployments.get(id)?.state ?? 'scheduled'));
    return wanted.length === 0 ? place : deviceIds.indexOf(wanted[place % wanted.length] ?? '');
  }

  /** Steps the real rollout if it is due (so that a change nobody is told of is a difference), and the model always. */
  async settle(batchMax: number): Promise<void> {
    const { world, scenario, rolloutId, fleet } = this.#parts;
    scenario.batchMax = batchMax;
    const options = { ...world.step, batchSizeMax: batchMax };
    await fleet.sync(this.#now, this.model);
    const isDue = (await dueRollouts(world.store, new Date(this.#now))).includes(rolloutId);
    if (isDue) await stepRollout(world.store, rolloutId, options);
    for (let round = 0; round < roundsMax; round += 1) {
      // Nobody tells a rollout who has joined: it takes them in when it is looked at.
      if (isDue) this.model.join(this.#now);
      const step = decide(this.model.read(this.#now));
      const write = { actor: 'engine', now: this.#now, decidedAt: this.#now } as const;
      for (const decision of step.decisions) if (!this.model.apply(decision, write)) break;
      if (step.decisions.length === 0) break;
    }
    if (!(await this.#gathersLate())) this.model.sendLateSuccessesBack();
  }

  /** Devices that succeeded late go back together with those of the same minute: no longer than that. */
  async #gathersLate(): Promise<boolean> {
    const [row] = await this.#parts.world.store.query<{ waits: boolean }>(
      `SELECT next_timer_at > $2::timestamptz AND next_timer_at <= $2::timestamptz + interval '1 minute' AS waits FROM rollout WHERE id = $1`,
      [this.#parts.rolloutId, new Date(this.#now)],
    );
    return isTerminalRolloutState(this.model.rollout.state) && row?.waits === true;
  }

  /** A device says where its attempt is; `attemptOff` is how far the number of the attempt is wrong. */
  async report(place: number, states: readonly ReportableDeploymentState[], attemptOff: number): Promise<void> {
    const deviceId = this.#device(place);
    const deployment = this.model.deployments.get(deviceId);
    const [row] = await this.#parts.world.store.query<{ id: string }>(
      'SELECT id FROM deployment WHERE rollout_id = $1 AND device_id = $2',
      [this.#parts.rolloutId, deviceId],
    );
    if (deployment === undefined || row === undefined) return;
    const attempt = deployment.attempt + attemptOff;
    for (const state of states) {
      const expected = this.model.report(deviceId, { state, attempt, at: this.#now }, this.#now);
      this.#sequence += 1;
      const at = new Date(this.#now).toISOString();
      const report = { sequence: this.#sequence, kind: 'deployment', at, deploymentId: row.id, attempt, state } as const;
      const applied = await this.#parts.world.store.transaction((tx) => applyDeploymentReports(tx, [{ deviceId, reports: [report] }]));
      const found = applied.accepted.length > 0 ? 'accepted' : (applied.refused[0]?.code ?? 'duplicate');
      const wanted = expected.outcome === 'refused' ? expected.code : expected.outcome === 'retried' ? 'accepted' : expected.outcome;
      if (found !== wanted) throw new Error(`${state} of attempt ${attempt}: ${found}, the model says ${wanted}`);
    }
  }

  /** Time goes on to what the engine waits for, and every device that is told something does it; the first one ends like this, the others well. */
  async work(result: ReportableDeploymentState): Promise<void> {
    await this.toTimer();
    await this.settle(1_000);
    const ids = this.#parts.stage.deviceIds.filter((id) => inChange.includes(this.model.deployments.get(id)?.state ?? 'scheduled'));
    for (const [place, id] of ids.entries()) {
      await this.finish(this.#parts.stage.deviceIds.indexOf(id), place === 0 ? result : 'succeeded');
    }
    await this.settle(1_000);
  }

  /** A device goes through all states that are left, to this end. */
  finish(place: number, result: ReportableDeploymentState): Promise<void> {
    return this.report(place, [...wholeSuccess.filter((state) => state !== 'succeeded'), result], 0);
  }

  /** A device that succeeded falls ill or gets well again. */
  async health(place: number, healthy: boolean): Promise<void> {
    const deviceId = this.#device(place);
    const deployment = this.model.deployments.get(deviceId);
    if (deployment?.state !== 'succeeded' || deployment.unhealthy === !healthy) return;
    this.model.health(deviceId, healthy, this.#now);
    await this.#parts.world.devices.health([deviceId], healthy ? 'healthy' : 'unhealthy');
  }

  /** A person asks for something; both sides agree whether that may be asked now. */
  async request(action: RolloutAction): Promise<void> {
    const { world, rolloutId } = this.#parts;
    const outcome = decideRequest(this.model.read(this.#now), action);
    if (outcome.outcome === 'accepted') {
      for (const decision of outcome.decisions) this.model.apply(decision, { actor: 'person', now: this.#now, decidedAt: this.#now });
    }
    const done = world.store.transaction((tx) =>
      requestRolloutAction(tx, this.#organizationId, { rolloutId, action, isOwner: true }, { actor: person, reason: `please ${action}` }),
    );
    await this.#agree(done, outcome.outcome === 'accepted', action);
  }

  /** A person approves the start (wave -1), a wave, or whatever asks for it now, each once. */
  async approve(who: number, what: number | 'asked'): Promise<void> {
    const asking = this.model.waves.find(({ state }) => state === 'awaiting_gate')?.index ?? -1;
    const wave = what === 'asked' ? asking : what;
    const { world, rolloutId, personIds, scenario } = this.#parts;
    const waveIndex = wave === -1 ? null : wave;
    const personId = personIds[who % personIds.length] ?? '';
    const asked = waveIndex === null ? scenario.policy.approval : wavePolicyOf(scenario.policy, waveIndex)?.approval;
    const open = waveIndex === null ? ['pending_approval'] : ['pending_approval', 'scheduled', 'running', 'paused'];
    const isAllowed = asked !== undefined && open.includes(this.model.rollout.state);
    const key = `${personId} ${wave}`;
    if (isAllowed && !this.#approved.has(key)) {
      this.#approved.add(key);
      this.model.approve(waveIndex);
    }
    const actor = { kind: 'person', id: personId, name: 'Somebody', method: 'session' } as const;
    const done = world.store.transaction((tx) =>
      approveRollout(tx, this.#organizationId, { rolloutId, waveIndex, comment: '' }, { actor }),
    );
    await this.#agree(done, isAllowed, `approve ${wave}`);
  }

  async freeze(forMs: number): Promise<void> {
    const { world, stage, scenario } = this.#parts;
    const endsAt = new Date(this.#now + forMs).toISOString();
    const freeze = await world.store.transaction((tx) =>
      createFreeze(tx, this.#organizationId, { name: 'Stocktaking', stageId: stage.id, endsAt }, { actor: person }),
    );
    this.#freezeIds.push(freeze.id);
    scenario.freezes.push({ from: this.#now - this.#start, to: this.#now + forMs - this.#start });
  }

  /** Lifts the newest freeze, if it still holds. */
  async lift(): Promise<void> {
    const freezeId = this.#freezeIds.pop();
    const freeze = this.#parts.scenario.freezes.pop();
    if (freezeId === undefined || freeze === undefined) return;
    const done = this.#parts.world.store.transaction((tx) => liftFreeze(tx, this.#organizationId, freezeId, { actor: person }));
    await this.#agree(done, this.#now - this.#start < freeze.to, 'lift');
  }

  /** A person holds the stage, or lifts the hold. */
  async hold(): Promise<void> {
    const { world, stage, scenario } = this.#parts;
    if (this.#holdId !== null) return;
    const hold = await world.store.transaction((tx) =>
      createHold(tx, this.#organizationId, { stageId: stage.id, reason: 'The valve sticks.' }, { actor: person }),
    );
    this.#holdId = hold.id;
    scenario.heldForMs = Number.POSITIVE_INFINITY;
  }

  async unhold(): Promise<void> {
    const { world, scenario } = this.#parts;
    const holdId = this.#holdId;
    if (holdId === null) return;
    await world.store.transaction((tx) => liftHold(tx, this.#organizationId, { holdId, reason: 'It moves.' }, { actor: person }));
    this.#holdId = null;
    scenario.heldForMs = null;
  }

  /** A device gets another label: it counts for another budget from now on. Rollouts that wait for budgets look every few seconds. */
  async relabel(place: number, site: number): Promise<void> {
    const deviceId = this.#device(place);
    // Who is in which wave is decided at the start, and by the model at once.
    if (this.model.rollout.startedAt === null) return;
    if (this.model.fleet.devices.get(deviceId)?.heldUntil !== null) return;
    this.model.relabel(deviceId, site);
    await this.#parts.fleet.relabel(deviceId, site);
    await this.advance(othersLookMs);
  }

  /** The rollout of higher priority is done with its device, one way or the other. */
  async release(state: 'succeeded' | 'rolled_back'): Promise<void> {
    for (const device of this.model.fleet.devices.values()) {
      if (device.heldUntil === null) continue;
      this.model.fleet.devices.set(device.id, { ...device, heldUntil: null });
      await this.#parts.fleet.endHigher(device.id, state);
      await this.advance(othersLookMs);
    }
  }

  /** A device leaves the fleet. Before the rollout is planned it is simply no member. */
  async remove(place: number): Promise<void> {
    const deviceId = this.#device(place);
    if (this.model.rollout.startedAt === null) return;
    this.model.command('remove', deviceId, { actor: 'person', now: this.#now, decidedAt: this.#now });
    await this.#parts.world.store.transaction((tx) => removeDevicesFromRollouts(tx, this.#organizationId, [deviceId], { actor: person }));
  }

  async advance(byMs: number): Promise<void> {
    await this.#parts.clock.advance(byMs);
  }

  /** Time goes on to the moment that the engine waits for. */
  async toTimer(): Promise<void> {
    const { nextTimerAt } = decide(this.model.read(this.#now));
    if (nextTimerAt !== null && nextTimerAt > this.#now && Number.isFinite(nextTimerAt)) await this.advance(nextTimerAt - this.#now);
  }

  /** What the model holds. */
  expected(): Picture {
    const { model } = this;
    const input = model.read(this.#now);
    return {
      ...pictureOf(input),
      ...stepPicture(input),
      deployments: [...model.deployments.values()]
        .map(({ deviceId, state, attempt, wave, handedToRollback, desired }) => ({
          deviceId,
          state,
          attempt,
          wave,
          handedToRollback,
          desired: handedToRollback || desired.target === 'republished' ? 'another rollout decides' : desired.target,
        }))
        .sort((a, b) => a.deviceId.localeCompare(b.deviceId)),
      // What can go on is due: the worker will look.
      isLookedAt: true,
    };
  }

  /** What Postgres holds. */
  async found(): Promise<Picture> {
    const { world, rolloutId, fleet } = this.#parts;
    await fleet.sync(this.#now, this.model);
    const loaded = await loadRollout(world.store, rolloutId, { now: new Date(this.#now), lock: false });
    if (loaded === undefined) throw new Error('the rollout is gone');
    const step = stepPicture(loaded.input);
    const isOpen = step.blockers !== 'decisions first';
    const [timer] = await world.store.query<{ at: Date | null }>('SELECT next_timer_at AS at FROM rollout WHERE id = $1', [rolloutId]);
    const isPlanned = loaded.input.waves.length > 0;
    const expected = this.expected();
    // Waking too early costs a look; too late, or never, is a defect.
    const due = await dueRollouts(world.store, new Date(this.#now));
    const wakes =
      due.includes(rolloutId) ||
      expected['nextTimerAt'] === null ||
      (timer?.at?.getTime() ?? Number.POSITIVE_INFINITY) <= Number(expected['nextTimerAt']);
    return {
      // Nothing is planned before the rollout may start.
      ...(isPlanned ? pictureOf(loaded.input) : { ...pictureOf(loaded.input), waves: expected['waves'], turn: expected['turn'] }),
      deployments: isPlanned ? await this.#deployments() : expected['deployments'],
      blockers: step.blockers,
      isLookedAt: isOpen || due.includes(rolloutId),
      nextTimerAt: isOpen && !wakes ? (timer?.at?.getTime() ?? null) : expected['nextTimerAt'],
    };
  }

  #deployments(): Promise<object[]> {
    const { world, rolloutId, releases } = this.#parts;
    return world.store.query<{ deviceId: string; state: DeploymentState }>(
      `SELECT d.device_id AS "deviceId", d.state, d.attempt, d.wave_index AS wave, b.id IS NOT NULL AND d.state = 'succeeded' AS "handedToRollback",
              CASE WHEN b.id IS NOT NULL THEN 'another rollout decides' WHEN x.release_id = $2 THEN 'previous' WHEN x.release_id = $3 THEN 'release'
                   ELSE coalesce(x.release_id::text, 'nothing') END AS desired
         FROM deployment d LEFT JOIN device_desired x ON x.device_id = d.device_id
         LEFT JOIN LATERAL (SELECT b.id FROM deployment b JOIN rollout k ON k.id = b.rollout_id
                             WHERE k.rollback_of = d.rollout_id AND b.device_id = d.device_id LIMIT 1) b ON true
        WHERE d.rollout_id = $1 ORDER BY d.device_id`,
      [rolloutId, releases.before, releases.target],
    );
  }

  async #agree(done: Promise<unknown>, isAllowed: boolean, what: string): Promise<void> {
    const refusal = await done.then(
      () => null,
      (error: unknown) => error,
    );
    if (refusal !== null && !(refusal instanceof StoreError && refusal.code === 'STATE_CONFLICT')) throw refusal;
    if ((refusal === null) !== isAllowed) throw new Error(`${what}: ${refusal === null ? 'done' : 'refused'}, the model says otherwise`);
  }
}
