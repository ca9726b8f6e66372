import { isWantedEvent, webhookEventSchema, webhookEventTypes } from '@sluice/contracts';
import {
  createHold,
  createPromotion,
  endPromotionByPerson,
  liftHold,
  noteListening,
  recordPresence,
  replayWebhookDelivery,
  rollBackStage,
  testWebhook,
  watchDevices,
} from '@sluice/store';
import { canaryPolicy, SEED_CONTEXT, seedApplication, seedDevices, wholeSuccess } from '@sluice/testkit';
import { Value } from 'typebox/value';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookWorld, type WebhookWorld } from './testing/webhook-world.ts';

let w: WebhookWorld;
beforeAll(async () => {
  w = await createWebhookWorld();
});
afterEach(() => w.forget());
afterAll(async () => {
  await w.close();
  expect(w.errors).toEqual([]);
});

/** Each body is as the contracts say. */
function expectSchemas(path: string): void {
  for (const event of w.eventsAt(path)) {
    const errors = [...Value.Errors(webhookEventSchema(event.type), event)];
    expect({ type: event.type, errors }).toEqual({ type: event.type, errors: [] });
  }
}

describe('what is told', () => {
  it('when a release goes out, whoever wants to know is told each step of it in order, by the schema, and nothing per device', async () => {
    const all = await w.addWebhook({ events: ['*'] });
    const waves = await w.addWebhook({ events: ['wave.*', 'release.published'] });
    const other = await seedApplication(w.store, w.world.fleet.organization, 'another line');
    const elsewhere = await w.addWebhook({ events: ['*'], applicationId: other.id });
    const policy = { ...canaryPolicy(), approval: { required: 1, role: 'operator', creatorExcluded: false } } as const;
    const stage = await w.world.fleet.addStage('told', { devices: 12, policy });
    const release = await w.world.fleet.publish();
    const first = await w.world.promote({ releaseId: release.id, stageId: stage.id });
    await w.world.act(first.id, 'reject');
    await w.world.settle();
    await w.store.query("update rollout_policy set policy = policy - 'approval'");
    const { id } = await w.world.promote({ releaseId: release.id, stageId: stage.id });
    await w.world.settle();
    await w.world.devices.report(stage.deviceIds, wholeSuccess);
    await w.world.act(id, 'pause');
    await w.world.act(id, 'resume');
    await w.world.settle();
    await w.world.devices.report(stage.deviceIds, wholeSuccess);
    await w.world.settle();
    const hold = await w.store.transaction((tx) =>
      createHold(tx, w.organizationId, { stageId: stage.id, reason: 'the line is cleaned' }, SEED_CONTEXT),
    );
    await w.store.transaction((tx) => liftHold(tx, w.organizationId, { holdId: hold.id, reason: 'clean' }, SEED_CONTEXT));
    await w.sweep();
    const told = w.typesAt(all.path);
    expect(told).toEqual([
      'snapshot.created',
      'release.published',
      'rollout.approval_needed',
      'rollout.rejected',
      'rollout.started',
      'wave.started',
      'rollout.paused',
      'rollout.resumed',
      'wave.succeeded',
      'wave.started',
      'wave.succeeded',
      'rollout.succeeded',
      'hold.placed',
      'hold.lifted',
    ]);
    expect(w.typesAt(waves.path)).toEqual(told.filter((type) => isWantedEvent(['wave.*', 'release.published'], type)));
    expect(w.at(elsewhere.path)).toEqual([]);
    expectSchemas(all.path);
    expect(w.at(all.path).map(({ headers }) => headers['webhook-id'])).toEqual(w.eventsAt(all.path).map((event) => event.id));
    const paused = w.eventsAt<'rollout'>(all.path).find(({ type }) => type === 'rollout.paused');
    expect(paused?.data).toMatchObject({
      actor: { kind: 'person', name: 'Petra' },
      application: { id: w.world.fleet.applicationId },
      release: { id: release.id, counter: release.counter },
      stage: { id: stage.id, name: 'told' },
      rollout: { id, size: 12 },
      wave: null,
    });
  });

  it('when a release is promoted, called off, promoted again and taken back, each of it is told', async () => {
    const stage = await w.world.fleet.addStage('promoted', { devices: 2, policy: canaryPolicy() });
    const stageId = stage.id;
    const settle = async (): Promise<void> => {
      for (let wave = 0; wave < 2; wave += 1) {
        await w.world.settle();
        await w.world.devices.report(stage.deviceIds, wholeSuccess);
      }
      await w.world.settle();
    };
    await w.world.promote({ releaseId: (await w.world.fleet.publish()).id, stageId });
    await settle();
    w.clock.jump(1_000);
    const releaseId = (await w.world.fleet.publish()).id;
    const { path } = await w.addWebhook({
      events: ['promotion.*', 'stage.*', 'hold.*', 'rollout.succeeded'],
      applicationId: w.world.fleet.applicationId,
    });
    const promote = () => w.store.transaction((tx) => createPromotion(tx, w.organizationId, { releaseId, stageId }, SEED_CONTEXT));
    const hold = await w.store.transaction((tx) => createHold(tx, w.organizationId, { stageId, reason: 'not now' }, SEED_CONTEXT));
    const { promotionId } = await promote();
    const end = { promotionId, state: 'canceled', reason: 'not today' } as const;
    await w.store.transaction((tx) => endPromotionByPerson(tx, w.organizationId, end, SEED_CONTEXT));
    await w.store.transaction((tx) => liftHold(tx, w.organizationId, { holdId: hold.id, reason: 'now' }, SEED_CONTEXT));
    const { rolloutId } = await promote();
    await settle();
    const input = { stageId, reason: 'it leaks', devicesMax: 10 };
    const releaseSigner = async () => w.world.fleet.organization.keys.release;
    await w.store.transaction((tx) => rollBackStage(tx, w.organizationId, { input, releaseSigner }, SEED_CONTEXT));
    await w.sweep();
    expect(w.typesAt(path)).toEqual([
      'hold.placed',
      'promotion.created',
      'promotion.canceled',
      'hold.lifted',
      'promotion.created',
      'promotion.started',
      'rollout.succeeded',
      'hold.placed',
      'stage.rolled_back',
    ]);
    expectSchemas(path);
    const [, , canceled, , , started] = w.eventsAt<'promotion'>(path);
    expect(canceled?.data).toMatchObject({
      reason: 'not today',
      stage: { id: stageId },
      promotion: { state: 'canceled', rolloutId: null },
    });
    expect(started?.data).toMatchObject({ release: { id: releaseId }, promotion: { state: 'started', rolloutId } });
  });

  it('when a change does not come to pass, nobody is told of it; without a listener nothing is written', async () => {
    const written = async () => (await w.store.query<{ n: number }>('select count(*)::int as n from webhook_event'))[0]?.n;
    const before = await written();
    await seedApplication(w.store, w.world.fleet.organization, 'unheard');
    await w.world.fleet.publish();
    expect(await written()).toBe(before);
    const { id } = await w.addWebhook({ events: ['*'] });
    await expect(
      w.store.transaction(async (tx) => {
        await tx.record({
          organizationId: w.organizationId,
          actor: SEED_CONTEXT.actor,
          action: 'hold.placed',
          target: { kind: 'hold', id: '01935b6e-8f00-7000-8000-000000000001' },
        });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await w.deliveriesOf(id)).toEqual([]);
  });

  it('when a change waits for another one, what it tells comes after, though its transaction began before; nobody waits for an open one', async () => {
    const { id, path } = await w.addWebhook({ events: ['release.published'] });
    const [begun, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const later = w.store.transaction(async (tx) => {
      await tx.query('select pg_current_xact_id()');
      begun.resolve();
      await mayGoOn.promise;
      await testWebhook(tx, w.organizationId, id, SEED_CONTEXT);
    });
    await begun.promise;
    const first = await w.test(id);
    await w.world.fleet.publish();
    await w.sweep();
    expect(w.typesAt(path)).toEqual(['webhook.test', 'release.published']);
    const again = { webhookId: id, deliveryId: first.id };
    await w.store.transaction((tx) => replayWebhookDelivery(tx, w.organizationId, again, SEED_CONTEXT));
    mayGoOn.resolve();
    await later;
    await w.sweep();
    const ids = w.eventsAt(path).map((event) => event.id);
    expect(ids).toHaveLength(4);
    expect(ids[2]).toBe(first.eventId);
  });
});

describe('devices in trouble', () => {
  const limits = { offlineAfterMs: 300_000, unhealthyAfterMs: 60_000 };
  /** Two workers look at once, as they do. */
  const look = async (): Promise<number> => {
    const events = await Promise.all([1, 2].map(() => w.store.transaction((tx) => watchDevices(tx, limits))));
    return events.reduce((sum, each) => sum + each, 0);
  };
  const listen = async (): Promise<void> => noteListening(w.store, new Date(w.clock.now()));
  /** Time passes in which the api listens and these devices are heard. */
  const pass = async (ms: number, heard: readonly string[]): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 20_000) {
      w.clock.jump(20_000);
      await listen();
    }
    await recordPresence(w.store, new Map(heard.map((id) => [id, w.clock.now()])));
  };
  const told = (path: string) => w.eventsAt<'device'>(path);

  it('when a site goes dark, comes back or is unwell, each transition is one event that counts its devices, told once', async () => {
    const seenAt = new Date(w.clock.now());
    const { ids } = await seedDevices(w.store, { id: w.organizationId }, { count: 130, prefix: 'site', seenAt });
    const { ids: away } = await seedDevices(w.store, { id: w.organizationId }, { count: 3, prefix: 'away', seenAt: new Date(0) });
    await listen();
    await pass(320_000, ids);
    const { path } = await w.addWebhook({ events: ['device.*'] });
    // Who was away before anybody wanted to know is no news.
    expect(await look()).toBe(0);
    await pass(320_000, ids.slice(120));
    expect(await look()).toBe(1);
    expect(await look()).toBe(0);
    await pass(20_000, [...ids, ...away]);
    expect(await look()).toBe(1);
    await w.sweep();
    const [offline, recovered] = told(path);
    expect(offline).toMatchObject({ type: 'device.offline', data: { application: null, cause: 'offline', count: 120 } });
    expect(offline?.data.devices).toHaveLength(100);
    expect(offline?.data.devices[0]).toMatchObject({ name: 'site-00001' });
    expect(recovered).toMatchObject({ type: 'device.recovered', data: { cause: 'offline', count: 123 } });
    expectSchemas(path);

    const release = await w.world.fleet.publish();
    const unwell = { releaseId: release.id, health: 'unhealthy' } as const;
    const { ids: sick } = await seedDevices(w.store, { id: w.organizationId }, { count: 2, prefix: 'sick', running: unwell });
    expect(await look()).toBe(0);
    await pass(60_000, ids);
    expect(await look()).toBe(1);
    await w.world.devices.health(sick, 'healthy');
    expect(await look()).toBe(1);
    await w.sweep();
    const application = { id: w.world.fleet.applicationId };
    expect(told(path).slice(2)).toMatchObject([
      { type: 'device.unhealthy', data: { application, count: 2, devices: [{ name: 'sick-00001' }, { name: 'sick-00002' }] } },
      { type: 'device.recovered', data: { application, cause: 'unhealthy', count: 2 } },
    ]);
  });

  it('when the control plane itself was away, no device is blamed for it, and each gets its time to come back', async () => {
    const { ids } = await seedDevices(
      w.store,
      { id: w.organizationId },
      { count: 5, prefix: 'blameless', seenAt: new Date(w.clock.now()) },
    );
    const { path } = await w.addWebhook({ events: ['device.offline'] });
    await w.store.query("update device set approval = 'revoked' where name not like 'blameless%'");
    await pass(320_000, ids);
    expect(await look()).toBe(0);
    // The worker looks on while no api process listens, and when one just began to again.
    w.clock.jump(3_600_000);
    expect(await look()).toBe(0);
    await listen();
    expect(await look()).toBe(0);
    await pass(240_000, ids.slice(0, 4));
    expect(await look()).toBe(0);
    await pass(100_000, ids.slice(0, 4));
    expect(await look()).toBe(1);
    await w.sweep();
    expect(told(path).map(({ data }) => data.devices.map(({ name }) => name))).toEqual([['blameless-00005']]);
  });
});

it('when a type of event is named, it has a family and a schema', () => {
  for (const type of webhookEventTypes) expect(webhookEventSchema(type)).toMatchObject({ type: 'object' });
});
