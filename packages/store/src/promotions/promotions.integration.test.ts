import type { CreatePromotionRequest, Pipeline, StageGates } from '@sluice/contracts';
import { VirtualClock } from '@sluice/platform/testing';
import { ALL_AT_ONCE, createRolloutWorld, type RolloutWorld, SEED_CONTEXT, seedDevices, seedGroup, wholeSuccess } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  approvePromotion,
  type ChangeContext,
  createFreeze,
  createHold,
  createPerson,
  createPipeline,
  createPromotion,
  createWaiver,
  editPromotion,
  endPromotionByPerson,
  getPipelineEligibility,
  getPromotionDetail,
  getReleaseEligibility,
  getStage,
  liftFreeze,
  liftHold,
  listLedgerEntries,
  lookAtPromotions,
  removeStage,
  StoreError,
  updateStage,
  validatePromotion,
} from '../index.ts';

const hasCode =
  (code: string, text = '') =>
  (error: unknown) =>
    error instanceof StoreError && error.code === code && error.message.includes(text);

const hour = 3_600_000;

describe('promotions', () => {
  const clock = new VirtualClock();
  let world: RolloutWorld;
  let organizationId: string;
  let pipelines = 0;
  const people: ChangeContext[] = [];
  const anna = (): ChangeContext => people[0] ?? SEED_CONTEXT;
  const petra = (): ChangeContext => people[1] ?? SEED_CONTEXT;

  beforeAll(async () => {
    world = await createRolloutWorld({ clock });
    organizationId = world.fleet.organization.id;
    for (const name of ['Anna', 'Petra']) {
      const input = { email: `${name}@example.org`, name, passwordHash: null, role: 'operator' } as const;
      const { id } = await world.store.transaction((tx) => createPerson(tx, organizationId, input, SEED_CONTEXT));
      people.push({ actor: { kind: 'person', id, name, method: 'session' } });
    }
  });
  afterAll(() => world.close());

  type Line = { pipeline: Pipeline; stages: Record<string, string>; devices: Record<string, string[]> };

  /** A pipeline of stages that each have two devices of their own. */
  async function line(gates: Record<string, Partial<StageGates> & { after?: string[] }>): Promise<Line> {
    pipelines += 1;
    const devices: Record<string, string[]> = {};
    const inputs = [];
    for (const [name, { after, ...own }] of Object.entries(gates)) {
      const groupId = await seedGroup(world.store, world.fleet.organization, `${name} ${pipelines}`);
      const { ids } = await seedDevices(world.store, world.fleet.organization, {
        count: 2,
        prefix: `${name}-${pipelines}`,
        groupIds: [groupId],
      });
      devices[name] = ids;
      const stageGates = { soakMs: 0, automatic: false, ...own };
      inputs.push({ name, groupIds: [groupId], policy: ALL_AT_ONCE, gates: stageGates, ...(after === undefined ? {} : { after }) });
    }
    const input = { applicationId: world.fleet.applicationId, name: `Line ${pipelines}`, stages: inputs };
    const pipeline = await world.store.transaction((tx) => createPipeline(tx, organizationId, input, SEED_CONTEXT));
    return { pipeline, devices, stages: Object.fromEntries(pipeline.stages.map(({ name, id }) => [name, id])) };
  }

  /** The clock moves, so that newer releases have later ids. */
  const publish = async () => {
    await clock.advance(1);
    return world.fleet.publish();
  };
  const promote = (request: CreatePromotionRequest, context: ChangeContext = anna()) =>
    world.store.transaction((tx) => createPromotion(tx, organizationId, request, context));
  const detail = (promotionId: string) => getPromotionDetail(world.store, organizationId, { promotionId, now: new Date(clock.now()) });
  const codes = async (promotionId: string) => (await detail(promotionId)).blockers.map(({ code }) => code);
  const look = () => lookAtPromotions(world.store, { now: new Date(clock.now()) });
  const eligibility = async (releaseId: string, stageId = '') => {
    const { stages } = await getReleaseEligibility(world.store, organizationId, { releaseId, stageId, now: new Date(clock.now()) });
    return stages[0]?.blockers.map(({ code }) => code) ?? [];
  };

  /** Rolls a release out in a stage until it has succeeded there. */
  async function verify(at: Line, stage: string, releaseId: string): Promise<void> {
    const { rolloutId } = await promote({ releaseId, stageId: at.stages[stage] ?? '' });
    expect(rolloutId).not.toBeNull();
    await world.settle();
    await world.devices.report(at.devices[stage] ?? [], wholeSuccess);
    await world.settle();
    await clock.advance(1);
  }

  it('when nothing blocks, the rollout starts at once, with what was asked for, linked both ways', async () => {
    const at = await line({ dev: {} });
    const release = await publish();
    const made = await promote({ releaseId: release.id, stageId: at.stages['dev'] ?? '', priority: 7, reason: 'nightly' });
    const promotion = await detail(made.promotionId);
    expect(promotion).toMatchObject({ state: 'started', origin: 'person', rolloutId: made.rolloutId, createdBy: 'Anna', blockers: [] });
    expect(await world.detail(made.rolloutId ?? '')).toMatchObject({ priority: 7, createdBy: 'Anna' });
    const { items } = await listLedgerEntries(world.store, organizationId, { targetKind: 'promotion', targetId: made.promotionId });
    expect(items.map(({ action }) => action).sort()).toEqual(['promotion.created', 'promotion.started']);
  });

  it('when the upstream stage soaks, the promotion waits with a timer, starts its clock anew when a device was unhealthy, and then starts by itself', async () => {
    const at = await line({ dev: {}, prod: { soakMs: hour } });
    const release = await publish();
    const target = { releaseId: release.id, stageId: at.stages['prod'] ?? '' };
    expect(await eligibility(release.id, target.stageId)).toEqual(['upstream_not_deployed']);
    await verify(at, 'dev', release.id);
    const { promotionId } = await promote(target);
    const waiting = await detail(promotionId);
    expect(waiting.blockers).toMatchObject([{ code: 'upstream_soaking', about: ['dev'], numbers: { soakMs: hour } }]);
    expect(waiting.nextLookAt).toBe(waiting.blockers[0]?.until);
    await clock.advance(hour / 2);
    await world.devices.health(at.devices['dev'] ?? [], 'unhealthy');
    expect((await detail(promotionId)).blockers).toMatchObject([{ code: 'upstream_unhealthy', numbers: { unhealthy: 2 }, until: null }]);
    await clock.advance(1_000);
    await world.devices.health(at.devices['dev'] ?? [], 'healthy');
    const recovered = clock.now();
    await clock.advance(hour - 1);
    expect(await codes(promotionId)).toEqual(['upstream_soaking']);
    expect((await look()).lookAgainAt).toBe(recovered + hour);
    await clock.advance(1);
    expect((await look()).rolloutIds).toHaveLength(1);
    expect(await detail(promotionId)).toMatchObject({ state: 'started', nextLookAt: null });
  });

  it('when a device of the upstream rollout is lost, the soak stands still, and begins anew when it is heard of again', async () => {
    const at = await line({ dev: {}, prod: { soakMs: hour } });
    const release = await publish();
    await verify(at, 'dev', release.id);
    const [first = ''] = at.devices['dev'] ?? [];
    const seen = (lastSeen: number, silenceEnded: number | null) =>
      world.store.query(
        `INSERT INTO device_presence (device_id, last_seen_at, silence_ended_at) VALUES ($1, $2, $3)
         ON CONFLICT (device_id) DO UPDATE SET last_seen_at = $2, silence_ended_at = $3`,
        [first, new Date(lastSeen), silenceEnded === null ? null : new Date(silenceEnded)],
      );
    await seen(clock.now(), null);
    await clock.advance(2 * hour);
    expect(await eligibility(release.id, at.stages['prod'])).toEqual(['upstream_unhealthy']);
    await seen(clock.now(), clock.now());
    expect(await eligibility(release.id, at.stages['prod'])).toEqual(['upstream_soaking']);
  });

  it('when another release replaces it upstream, what it had soaked by then counts for ever, and nothing more', async () => {
    const at = await line({ dev: {}, prod: { soakMs: hour } });
    const [old, short, next] = [await publish(), await publish(), await publish()];
    await verify(at, 'dev', old.id);
    await clock.advance(hour);
    await verify(at, 'dev', short.id);
    await clock.advance(hour / 2);
    await verify(at, 'dev', next.id);
    await world.devices.health(at.devices['dev'] ?? [], 'unhealthy');
    await clock.advance(5 * hour);
    expect(await eligibility(old.id, at.stages['prod'])).toEqual([]);
    expect(await eligibility(short.id, at.stages['prod'])).toEqual(['upstream_superseded']);
    expect(await eligibility(next.id, at.stages['prod'])).toEqual(['upstream_unhealthy']);
  });

  it('when the upstream rollout runs, is aborted or superseded, the blocker says which, and names the stage', async () => {
    const at = await line({ dev: {}, prod: {} });
    const [first, second] = [await publish(), await publish()];
    const prod = at.stages['prod'] ?? '';
    const { rolloutId } = await promote({ releaseId: first.id, stageId: at.stages['dev'] ?? '' });
    await world.settle();
    const { promotionId } = await promote({ releaseId: first.id, stageId: prod });
    expect(await codes(promotionId)).toEqual(['upstream_running']);
    await promote({ releaseId: second.id, stageId: at.stages['dev'] ?? '', supersede: true });
    await world.settle();
    expect(await world.detail(rolloutId ?? '')).toMatchObject({ state: 'superseded' });
    expect(await codes(promotionId)).toEqual(['upstream_superseded']);
    const [running] = await world.store.query<{ id: string }>('SELECT id FROM rollout WHERE release_id = $1', [second.id]);
    await world.act(running?.id ?? '', 'abort');
    await world.settle();
    expect(await eligibility(second.id, prod)).toEqual(['upstream_aborted', 'other_promotion']);
    // A human took it back: it is held for dev, where only a person lets it in again.
    expect(await eligibility(second.id, at.stages['dev'])).toContain('held');
  });

  it('when two people promote at once, one waits and the other is told who promoted what; with supersede the newer one takes the place', async () => {
    const at = await line({ dev: {}, prod: {} });
    const [a, b] = [await publish(), await publish()];
    const stageId = at.stages['prod'] ?? '';
    const outcomes = await Promise.allSettled([
      promote({ releaseId: a.id, stageId }, anna()),
      promote({ releaseId: b.id, stageId }, petra()),
    ]);
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(refused[0]).toSatisfy(hasCode('CONFLICT', `${['Anna', 'Petra'][winner]} promoted ${[a, b][winner]?.name} into prod`));
    const { promotionId } = await promote({ releaseId: b.id, stageId, supersede: true }, petra());
    const { items } = await listLedgerEntries(world.store, organizationId, { action: 'promotion.superseded' });
    expect(items).toHaveLength(1);
    expect(await detail(promotionId)).toMatchObject({ state: 'waiting', blockers: [{ code: 'upstream_not_deployed' }] });
    expect(await eligibility(a.id, stageId)).toEqual(['upstream_not_deployed', 'other_promotion']);
  });

  it('when two people edit at once, one wins, the other is told what happened, and approvals of before are void', async () => {
    const at = await line({ prod: { approval: { required: 1, role: 'operator', creatorExcluded: true } } });
    const release = await publish();
    const startAt = new Date(clock.now() + 24 * hour).toISOString();
    const { promotionId } = await promote({ releaseId: release.id, stageId: at.stages['prod'] ?? '', startAt }, anna());
    const approve = (context: ChangeContext, version?: number) =>
      world.store.transaction((tx) => approvePromotion(tx, organizationId, { promotionId, version, comment: 'looks good' }, context));
    await expect(approve(anna())).rejects.toSatisfy(hasCode('STATE_CONFLICT', 'another person'));
    await expect(approve({ actor: { kind: 'token', id: 't', name: 'CI', method: 'api_token' } })).rejects.toSatisfy(
      hasCode('STATE_CONFLICT', 'token'),
    );
    expect(await approve(petra())).toBeNull();
    expect((await detail(promotionId)).blockers.map(({ code }) => code)).toEqual(['starts_later']);
    const edit = (context: ChangeContext) =>
      world.store.transaction((tx) => editPromotion(tx, organizationId, { promotionId, version: 1, changes: { priority: 3 } }, context));
    const outcomes = await Promise.allSettled([edit(anna()), edit(petra())]);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const [refused] = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toSatisfy(hasCode('VERSION_STALE', `${['Anna', 'Petra'][winner]} edited it`));
    await expect(approve(petra(), 1)).rejects.toSatisfy(hasCode('VERSION_STALE'));
    const edited = await detail(promotionId);
    expect(edited).toMatchObject({ revision: 2, version: 2, priority: 3, approvals: [{ person: 'Petra', counts: false }] });
    expect(edited.blockers.map(({ code }) => code)).toEqual(['waiting_for_approval', 'starts_later']);
    await approve(petra(), 2);
    await clock.advance(24 * hour);
    expect((await look()).rolloutIds).toHaveLength(1);
  });

  it('when an approver loses the role between the approval and the start, the promotion waits for another one', async () => {
    const at = await line({ prod: { approval: { required: 1, role: 'operator', creatorExcluded: false } } });
    const release = await publish();
    const freeze = await world.store.transaction((tx) =>
      createFreeze(tx, organizationId, { name: 'Audit', stageId: at.stages['prod'] ?? '' }, anna()),
    );
    const { promotionId } = await promote({ releaseId: release.id, stageId: at.stages['prod'] ?? '' });
    await world.store.transaction((tx) => approvePromotion(tx, organizationId, { promotionId, comment: '' }, petra()));
    expect(await codes(promotionId)).toEqual(['frozen']);
    const role = (name: string) =>
      world.store.query('UPDATE membership SET role = $3 WHERE organization_id = $1 AND person_id = $2', [
        organizationId,
        petra().actor.id,
        name,
      ]);
    await role('viewer');
    await world.store.transaction((tx) => liftFreeze(tx, organizationId, freeze.id, anna()));
    expect((await look()).rolloutIds).toEqual([]);
    const waiting = await detail(promotionId);
    expect(waiting).toMatchObject({
      blockers: [{ code: 'waiting_for_approval', numbers: { approvals: 0, required: 1, void: 1 } }],
      approvals: [{ counts: false }],
    });
    await role('operator');
    expect((await look()).rolloutIds).toHaveLength(1);
  });

  it('when a hold, a freeze or an older release is in the way, it says so; a hotfix passes the freeze', async () => {
    const at = await line({ prod: {} });
    const [old, release] = [await publish(), await publish()];
    const stageId = at.stages['prod'] ?? '';
    const until = new Date(clock.now() + hour);
    await world.store.transaction((tx) =>
      createFreeze(tx, organizationId, { name: 'Year end', stageId, endsAt: until.toISOString() }, anna()),
    );
    const hold = await world.store.transaction((tx) => createHold(tx, organizationId, { stageId, reason: 'recall' }, anna()));
    const { promotionId } = await promote({ releaseId: release.id, stageId, hotfixReason: 'leak' });
    expect(await codes(promotionId)).toEqual(['held']);
    expect(await eligibility(old.id, stageId)).toEqual(['held', 'other_promotion', 'frozen']);
    await world.store.transaction((tx) => liftHold(tx, organizationId, { holdId: hold.id, reason: 'done' }, anna()));
    await look();
    expect(await detail(promotionId)).toMatchObject({ state: 'started' });
    await world.settle();
    await world.devices.report(at.devices['prod'] ?? [], wholeSuccess);
    await world.settle();
    await expect(promote({ releaseId: old.id, stageId })).rejects.toSatisfy(hasCode('STATE_CONFLICT', 'older'));
    await expect(promote({ releaseId: release.id, stageId })).rejects.toSatisfy(hasCode('STATE_CONFLICT', 'already'));
    expect(await eligibility(release.id, stageId)).toContain('already_there');
  });

  it('when a waiver ends after the release was published, the policies block, until somebody waives it again', async () => {
    const at = await line({ prod: {} });
    const release = await publish();
    const subject = 'n1#/password';
    await world.store.query('INSERT INTO release_finding VALUES ($1, $2, $3, $4), ($1, $5, $3, $6)', [
      release.id,
      'secret_in_plain_text',
      subject,
      'block',
      'exec',
      'warn',
    ]);
    const waive = (expiresAt: string) =>
      world.store.transaction((tx) =>
        createWaiver(
          tx,
          organizationId,
          { rule: 'secret_in_plain_text', subject: 'n1', reason: 'dummy', expiresAt, stageId: at.stages['prod'] ?? '' },
          anna(),
        ),
      );
    const stageId = at.stages['prod'] ?? '';
    expect(await eligibility(release.id, stageId)).toEqual(['policy_blocked']);
    await waive(new Date(clock.now() + hour).toISOString());
    expect(await eligibility(release.id, stageId)).toEqual([]);
    await clock.advance(hour);
    const answer = await validatePromotion(world.store, organizationId, {
      releaseId: release.id,
      stageId,
      creatorId: 'x',
      now: new Date(clock.now()),
    });
    expect(answer.blockers).toMatchObject([
      { code: 'policy_blocked', about: [`secret_in_plain_text: ${subject}`], numbers: { findings: 1, waiversEnded: 1 } },
    ]);
    await waive(new Date(clock.now() + hour).toISOString());
    await world.store.query(`INSERT INTO policy_settings VALUES ($1, 'stage', $2, '{"rules": {"exec": "block"}}', 1, 'x', $3)`, [
      organizationId,
      stageId,
      new Date(clock.now()),
    ]);
    expect(await eligibility(release.id, stageId)).toEqual(['policy_blocked']);
  });

  it('when stages take what is verified by themselves, the newest goes on, once, also with two workers and past a person who said no', async () => {
    const at = await line({ dev: { automatic: true }, prod: { automatic: true, soakMs: hour } });
    const [, release] = [await publish(), await publish()];
    const both = await Promise.all([look(), look()]);
    const ofLine = async (stage: string) =>
      world.store.query<{ id: string; state: string; releaseId: string }>(
        'SELECT id, state, release_id AS "releaseId" FROM promotion WHERE stage_id = $1 ORDER BY id',
        [at.stages[stage]],
      );
    expect(both.flatMap(({ failures }) => failures)).toEqual([]);
    expect(await ofLine('dev')).toMatchObject([{ state: 'started', releaseId: release.id }]);
    await world.settle();
    await world.devices.report(at.devices['dev'] ?? [], wholeSuccess);
    await world.settle();
    const { lookAgainAt, promotionIds } = await look();
    expect([promotionIds, lookAgainAt]).toEqual([[], clock.now() + hour]);
    await clock.advance(hour);
    const { items } = await getPipelineEligibility(world.store, organizationId, {
      pipelineId: at.pipeline.id,
      limit: 1,
      now: new Date(clock.now()),
    });
    expect(items[0]?.stages.map(({ stageName, isEligible }) => [stageName, isEligible])).toEqual([
      ['dev', false],
      ['prod', true],
    ]);
    expect((await look()).promotionIds).toHaveLength(1);
    const [promotion] = await ofLine('prod');
    const [rollout] = await world.store.query<{ id: string }>('SELECT rollout_id AS id FROM promotion WHERE id = $1', [promotion?.id]);
    await world.settle();
    await world.act(rollout?.id ?? '', 'abort');
    await world.settle();
    await clock.advance(hour);
    expect((await look()).promotionIds).toEqual([]);
  });

  it('when its stage is deleted or comes after another one, a promotion in flight is canceled or asks anew', async () => {
    const at = await line({
      dev: {},
      side: { after: [] },
      prod: { after: ['dev'], approval: { required: 1, role: 'operator', creatorExcluded: false } },
    });
    const release = await publish();
    const stageId = at.stages['prod'] ?? '';
    const { promotionId } = await promote({ releaseId: release.id, stageId });
    await world.store.transaction((tx) => approvePromotion(tx, organizationId, { promotionId, comment: '' }, petra()));
    expect(await codes(promotionId)).toEqual(['upstream_not_deployed']);
    const stage = () => getStage(world.store, organizationId, stageId);
    const after = { stageId, version: (await stage()).version, changes: { after: [] } };
    await world.store.transaction((tx) => updateStage(tx, organizationId, after, petra()));
    expect(await codes(promotionId)).toEqual(['waiting_for_approval']);
    await world.store.transaction(async (tx) => removeStage(tx, organizationId, { stageId, version: (await stage()).version }, petra()));
    expect(await detail(promotionId)).toMatchObject({ state: 'canceled', blockers: [] });
    await expect(promote({ releaseId: release.id, stageId })).rejects.toSatisfy(hasCode('NOT_FOUND'));
  });

  it('when a person calls a promotion off, it ends with the reason, and whoever comes later is told who did', async () => {
    const at = await line({ dev: {}, prod: {} });
    const { promotionId } = await promote({ releaseId: (await publish()).id, stageId: at.stages['prod'] ?? '' });
    await world.store.transaction((tx) =>
      endPromotionByPerson(tx, organizationId, { promotionId, state: 'canceled', reason: 'no' }, petra()),
    );
    expect(await detail(promotionId)).toMatchObject({ state: 'canceled', reason: 'no', lastChange: 'Petra canceled it' });
    const end = () => world.store.transaction((tx) => endPromotionByPerson(tx, organizationId, { promotionId, state: 'rejected' }, anna()));
    await expect(end()).rejects.toSatisfy(hasCode('STATE_CONFLICT', 'Petra canceled it'));
  });
});
