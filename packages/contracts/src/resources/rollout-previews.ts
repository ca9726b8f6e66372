import { type Static, Type } from 'typebox';
import { RolloutPolicy } from '../policy.ts';
import { Closed, Timestamp, Uuid } from '../schema.ts';
import { OneOf, rolloutStates } from '../states.ts';
import { ReleaseReference } from './devices.ts';
import { Blocker } from './rollouts.ts';

/** A number of which the 10th, 50th and 90th percentile of the simulated runs are known. */
export const ForecastRange = Closed({ p10: Type.Number(), p50: Type.Number(), p90: Type.Number() });
export type ForecastRange = Static<typeof ForecastRange>;

const Percent = Type.Number({ minimum: 0, maximum: 100 });

/** Milliseconds since the start of the rollout; null: in too few runs. */
export const ForecastWave = Closed({
  index: Type.Integer(),
  startsAfterMs: Type.Union([ForecastRange, Type.Null()]),
  passesAfterMs: Type.Union([ForecastRange, Type.Null()]),
  falseAlarmPercent: Percent,
  /** What the gate counted most of when it stopped a good release; null: it never did. */
  mostly: Type.Union([OneOf(['timed_out', 'failed', 'unhealthy'] as const), Type.Null()]),
});
export type ForecastWave = Static<typeof ForecastWave>;

/** A device that may keep the rollout waiting. `missPercent`: in so many percent of the runs it did not finish before its deadline. */
export const DeviceAtRisk = Closed({
  id: Uuid,
  name: Type.String(),
  waveIndex: Type.Integer(),
  lastSeenAt: Type.Union([Timestamp, Type.Null()]),
  reason: OneOf(['never_seen', 'silent', 'often_offline', 'out_of_time'] as const),
  latePercent: Percent,
  missPercent: Percent,
});
export type DeviceAtRisk = Static<typeof DeviceAtRisk>;

/** What a good release would meet on this fleet, by simulated runs of the rollout through the engine that carries it out. */
export const RolloutForecast = Closed({
  at: Timestamp,
  seed: Type.Integer(),
  runs: Type.Integer(),
  devices: Type.Integer({ description: 'Devices that need the release.' }),
  simulatedDevices: Type.Integer({ description: 'Fewer than `devices`: each stands for several of its wave, and extremes are rougher.' }),
  completedPercent: Percent,
  unfinishedPercent: Type.Number({ description: 'Runs that lasted longer than a forecast looks: 120 days, or 40 maintenance windows.' }),
  durationMs: Type.Union([ForecastRange, Type.Null()], { description: 'Of the runs that completed; null: too few did.' }),
  waves: Type.Array(ForecastWave),
  failed: ForecastRange,
  timedOut: ForecastRange,
  late: ForecastRange,
  falseAlarm: Closed({
    percent: Percent,
    low: Percent,
    high: Percent,
  }),
  atRisk: Closed({ count: Type.Integer(), devices: Type.Array(DeviceAtRisk) }),
  basis: Closed({
    pastDeployments: Type.Integer(),
    devicesWithHistory: Type.Integer(),
    failurePercent: Type.Number(),
    unhealthyNow: Type.Integer(),
    silentNow: Type.Integer(),
    neverSeen: Type.Integer(),
  }),
  assumptions: Type.Array(Type.String(), { description: 'What had to be assumed, and what a forecast cannot know.' }),
});
export type RolloutForecast = Static<typeof RolloutForecast>;

const NamedDevice = Closed({ id: Uuid, name: Type.String() });

/** A wave as it would be planned now. `devices`: the first ones, as many as were asked for (`devicesMax`). */
export const PreviewWave = Closed({ index: Type.Integer(), size: Type.Integer(), devices: Type.Array(NamedDevice) });
export type PreviewWave = Static<typeof PreviewWave>;

/** When one time zone lets the release in. */
export const PreviewWindow = Closed({
  timeZone: Type.String(),
  devices: Type.Integer(),
  openNow: Type.Boolean(),
  next: Type.Array(Closed({ opensAt: Timestamp, closesAt: Timestamp })),
});
export type PreviewWindow = Static<typeof PreviewWindow>;

/** `POST …/rollouts?validateOnly=true`: what createRollout would do. Nothing is written. */
export const RolloutPreview = Closed({
  planSeed: Uuid,
  release: ReleaseReference,
  stageId: Uuid,
  stageName: Type.String(),
  policy: RolloutPolicy,
  size: Type.Integer({ description: 'Approved devices of the stage.' }),
  waves: Type.Array(PreviewWave),
  alreadyCurrent: Closed({ count: Type.Integer(), devices: Type.Array(NamedDevice) }),
  offline: Closed({ count: Type.Integer(), devices: Type.Array(NamedDevice) }, { description: 'Left out by the policy: not there now.' }),
  notApproved: Type.Integer({ description: 'Devices of the groups that are left out because they are not approved.' }),
  membership: Type.String({ description: 'How far this membership can be relied on.' }),
  windows: Type.Array(PreviewWindow),
  blockers: Type.Array(Blocker, { description: 'What would hold the first wave now.' }),
  warnings: Type.Array(Closed({ pointer: Type.String(), code: Type.String(), message: Type.String() })),
  forecast: Type.Union([RolloutForecast, Type.Null()], { description: 'Null: no device needs the release.' }),
});
export type RolloutPreview = Static<typeof RolloutPreview>;

export const CreateRolloutQuery = Closed({
  validateOnly: Type.Optional(Type.Boolean({ description: 'Answers what would be, as a RolloutPreview. Nothing is written.' })),
  devicesMax: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000, description: 'Devices to name of each wave of a preview. Default 20.' }),
  ),
});
export type CreateRolloutQuery = Static<typeof CreateRolloutQuery>;

const Compared = Closed({ forecast: ForecastRange, actual: Type.Number(), within: Type.Boolean() });

/** `GET …/rollouts/{id}/forecast`: what was expected when the rollout was created, and what happened. */
export const ForecastReview = Closed({
  rolloutId: Uuid,
  state: OneOf(rolloutStates),
  forecast: RolloutForecast,
  /** Null until the rollout has ended. */
  outcome: Type.Union([
    Closed({
      completed: Type.Boolean({ description: 'It ended by itself, without a breach or a person who ended it.' }),
      durationMs: Type.Union([Compared, Type.Null()]),
      pausedMs: Type.Integer({ description: 'Of the duration: how long people held it, or a gate did.' }),
      failed: Compared,
      timedOut: Compared,
      late: Compared,
    }),
    Type.Null(),
  ]),
});
export type ForecastReview = Static<typeof ForecastReview>;
