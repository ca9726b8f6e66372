import type { CreateRolloutQuery, CreateRolloutRequest, ForecastReview, RolloutForecast, RolloutPreview } from '@sluice/contracts';
import { type Clock, type Random, uuidv7 } from '@sluice/platform';
import { forecastDevicesMax } from '@sluice/rollout/forecast';
import { getForecastReview, type NewRollout, readRolloutPreview, type Store, toBlocker } from '@sluice/store';
import type { Forecaster } from './forecaster.ts';

export type PreviewsDependencies = { store: Store; clock: Clock; random: Pick<Random, 'randomBytes'>; forecaster: Forecaster };

export type Previews = {
  /**
   * What createRollout would do.
   * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, STAGE_EMPTY, POLICY_INVALID; ApiError UNAVAILABLE
   */
  preview(organizationId: string, request: CreateRolloutRequest, query: CreateRolloutQuery): Promise<RolloutPreview>;
  /** What a rollout is created with besides what was asked for; nothing when there is no forecast, for whatever reason. */
  expect(organizationId: string, request: CreateRolloutRequest): Promise<{ planSeed?: string; forecast?: RolloutForecast }>;
  /** @throws StoreError NOT_FOUND */
  review(organizationId: string, rolloutId: string): Promise<ForecastReview>;
};

const devicesNamedDefault = 20;
const readTimeoutMs = 60_000;
/** Rollouts over so many devices get a forecast without being asked: it takes well under a second. */
const unaskedDevicesMax = 1_000;

/** What is planned of a request, without what is only about this moment. */
export function promotionOf({ reason: _, startAt, forecast: __, ...promotion }: CreateRolloutRequest): NewRollout {
  return { ...promotion, ...(startAt === undefined ? {} : { startAt: new Date(startAt) }) };
}

/** Answers what rollouts would do, and what was expected of them. */
export function createPreviews({ store, clock, random, forecaster }: PreviewsDependencies): Previews {
  // In a transaction for its time: placing a million devices takes longer than a statement usually may.
  const read = (organizationId: string, request: CreateRolloutRequest, options: { devicesNamedMax: number; sizeMax?: number }) =>
    store.transaction(
      (tx) =>
        readRolloutPreview(tx, organizationId, {
          rollout: promotionOf(request),
          planSeed: request.planSeed ?? uuidv7(clock, random),
          now: new Date(clock.now()),
          devicesSimulatedMax: forecastDevicesMax,
          ...options,
        }),
      { timeoutMs: readTimeoutMs },
    );
  return {
    preview: async (organizationId, request, { devicesMax = devicesNamedDefault }) => {
      const found = await read(organizationId, request, { devicesNamedMax: devicesMax });
      // Without a limit of its size it is always read.
      if (found === null) throw new RangeError('a preview without a limit was not read');
      const { forecast: input, warnings, ...preview } = found;
      const { forecast, blockers, windows } = await forecaster.ask(input);
      return {
        ...preview,
        stageId: request.stageId,
        size: preview.alreadyCurrent.count + preview.offline.count + preview.waves.reduce((sum, { size }) => sum + size, 0),
        membership: membershipOf(preview.policy.order),
        windows: [...windows],
        blockers: [...preview.blockers, ...blockers.map(toBlocker)],
        warnings: warnings.map(({ pointer, code, message }) => ({ pointer, code, message })),
        forecast,
      };
    },
    expect: async (organizationId, request) => {
      if (request.forecast === false) return {};
      try {
        const found = await read(organizationId, request, {
          devicesNamedMax: 0,
          ...(request.forecast === true ? {} : { sizeMax: unaskedDevicesMax }),
        });
        if (found === null) return {};
        const { forecast } = await forecaster.ask(found.forecast);
        return { planSeed: found.planSeed, ...(forecast === null ? {} : { forecast }) };
      } catch {
        // A rollout that cannot be is refused by whoever creates it, and one that can be needs no forecast.
        return {};
      }
    },
    review: (organizationId, rolloutId) => getForecastReview(store, organizationId, rolloutId),
  };
}

function membershipOf(order: 'random' | 'name'): string {
  const drawn =
    order === 'random'
      ? 'The order is drawn with planSeed: created with it, the rollout puts the same devices into the same waves.'
      : 'The order is that of the names: created now, the rollout puts the same devices into the same waves.';
  return `${drawn} That holds for the stage as it is now: devices that join, leave, are relabelled or updated before the start change it.`;
}
