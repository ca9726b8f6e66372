import { type Static, type TSchema, Type } from 'typebox';
import { Timestamp, Uuid } from '../schema.ts';

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** What webhooks are told. A name never changes its meaning; new ones may come. */
export const webhookEventTypes = [
  'snapshot.created',
  'release.published',
  'release.imported',
  'promotion.created',
  'promotion.approval_needed',
  'promotion.approved',
  'promotion.rejected',
  'promotion.started',
  'promotion.canceled',
  'promotion.failed',
  'promotion.superseded',
  'stage.rolled_back',
  'rollout.approval_needed',
  'rollout.started',
  'rollout.paused',
  'rollout.resumed',
  'rollout.succeeded',
  'rollout.completed_with_failures',
  'rollout.failed',
  'rollout.aborted',
  'rollout.rolled_back',
  'rollout.rejected',
  'rollout.superseded',
  'wave.started',
  'wave.succeeded',
  'wave.failed',
  'device.offline',
  'device.unhealthy',
  'device.recovered',
  'hold.placed',
  'hold.lifted',
  'webhook.test',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

/** The devices that an event names at most; `count` says how many there are. */
export const WEBHOOK_DEVICES_MAX = 100;

const Named = Type.Object({ id: Uuid, name: Type.String() });
const ReleaseOf = Type.Object({ id: Uuid, name: Type.String(), counter: Type.Integer() });
/** Who did it: a person, a token, or the control plane itself (`system`). */
const Actor = Type.Object({ kind: Type.String(), id: Type.String(), name: Type.String() });
const RolloutOf = Type.Object({ id: Uuid, kind: Type.String(), state: Type.String(), size: Type.Integer(), rollbackOf: nullable(Uuid) });
const reason = nullable(Type.String({ description: 'Why, in words.' }));

export const SnapshotEventData = Type.Object({
  actor: Actor,
  application: Named,
  snapshot: Type.Object({ id: Uuid, number: Type.Integer(), digest: Type.String(), message: Type.String() }),
});
export const ReleaseEventData = Type.Object({
  actor: Actor,
  application: Named,
  release: Type.Object({ ...ReleaseOf.properties, digest: Type.String(), snapshotId: Uuid }),
});
export const PromotionEventData = Type.Object({
  actor: Actor,
  reason,
  application: Named,
  release: ReleaseOf,
  stage: Named,
  promotion: Type.Object({ id: Uuid, state: Type.String(), origin: Type.String(), rolloutId: nullable(Uuid) }),
});
/** Its devices go back, each to its own last good release: the rollouts that do it have events of their own (kind `rollback`). */
export const StageEventData = Type.Object({ actor: Actor, reason, application: Named, stage: Named });
export const RolloutEventData = Type.Object({
  actor: Actor,
  reason,
  application: Named,
  release: ReleaseOf,
  stage: nullable(Named),
  rollout: RolloutOf,
  wave: nullable(Type.Integer({ description: 'rollout.approval_needed: the wave that waits; null: the start of the rollout.' })),
});
export const WaveEventData = Type.Object({
  actor: Actor,
  reason,
  application: Named,
  release: ReleaseOf,
  stage: nullable(Named),
  rollout: RolloutOf,
  wave: Type.Object({
    index: Type.Integer(),
    state: Type.String(),
    size: Type.Integer(),
    counts: Type.Record(Type.String(), Type.Integer(), { description: 'Its deployments by state.' }),
  }),
});
export const HoldEventData = Type.Object({
  actor: Actor,
  reason,
  application: Named,
  stage: Named,
  hold: Type.Object({ id: Uuid, releaseId: nullable(Uuid), rolloutId: nullable(Uuid) }),
});
export const DeviceEventData = Type.Object({
  application: nullable(Named),
  cause: Type.String({ description: 'offline or unhealthy; of device.recovered: what it recovered from.' }),
  count: Type.Integer({ description: 'How many devices this event is about.' }),
  devices: Type.Array(Type.Object({ id: Uuid, name: Type.String(), since: Timestamp }), {
    maxItems: WEBHOOK_DEVICES_MAX,
    description: `The first of them by name, at most ${WEBHOOK_DEVICES_MAX}. since: when it was last heard of, or became unhealthy.`,
  }),
});
export const TestEventData = Type.Object({ actor: Actor, message: Type.String() });

const dataOf = {
  snapshot: SnapshotEventData,
  release: ReleaseEventData,
  promotion: PromotionEventData,
  stage: StageEventData,
  rollout: RolloutEventData,
  wave: WaveEventData,
  hold: HoldEventData,
  device: DeviceEventData,
  webhook: TestEventData,
} as const;
export type WebhookEventFamily = keyof typeof dataOf;
export type WebhookEventData = { [F in WebhookEventFamily]: Static<(typeof dataOf)[F]> };

/** The family of a type: what stands before the point. Its events have the same data. */
export function webhookEventFamily(type: WebhookEventType): WebhookEventFamily {
  return type.slice(0, type.indexOf('.')) as WebhookEventFamily;
}

function bodyOf(data: TSchema): TSchema {
  return Type.Object({
    id: Uuid,
    type: Type.String({ description: 'What happened.' }),
    version: Type.Integer({
      minimum: 1,
      description: 'Of the form of data. Grows when a property changes its meaning or goes; new ones may come.',
    }),
    timestamp: Timestamp,
    organizationId: Uuid,
    data,
  });
}

/** The form of data that this control plane sends. */
export const WEBHOOK_EVENT_VERSION = 1;

/**
 * The schema of the body of each type of event, version 1: what a receiver gets as JSON. `id` is the `webhook-id` of the request: whoever got it
 * already drops it. The objects are open: a receiver passes over what it does not know.
 */
export function webhookEventSchema(type: WebhookEventType): TSchema {
  return bodyOf(dataOf[webhookEventFamily(type)]);
}

/** The body of an event. */
export type WebhookEvent<F extends WebhookEventFamily = WebhookEventFamily> = {
  id: string;
  type: WebhookEventType;
  version: typeof WEBHOOK_EVENT_VERSION;
  timestamp: string;
  organizationId: string;
  data: WebhookEventData[F];
};

/** Whether a filter (`*`, `rollout.*`, `rollout.started`) lets a type through. */
export function isWantedEvent(filters: readonly string[], type: WebhookEventType): boolean {
  return filters.some((filter) => filter === '*' || filter === type || filter === `${webhookEventFamily(type)}.*`);
}

/** Whether there is an event that a filter lets through. */
export function isEventFilter(filter: string): boolean {
  return webhookEventTypes.some((type) => isWantedEvent([filter], type));
}
