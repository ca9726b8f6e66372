import type { PreviewWindow, RolloutForecast } from '@sluice/contracts';
import type { Blocker } from '../decision.ts';
import { forecast, runInputOf } from './forecast.ts';
import type { ForecastInput } from './records.ts';
import { blockersNow } from './run-engine-input.ts';
import { windowsOfZone } from './window-clock.ts';

/** What can be said of a rollout before it starts, besides who is in it. */
export interface RolloutOutlook {
  readonly forecast: RolloutForecast | null;
  readonly blockers: readonly Blocker[];
  /** By time zone, the largest first. */
  readonly windows: readonly PreviewWindow[];
}

const iso = (time: number): string => new Date(time).toISOString();

/** Windows, blockers and forecast of a rollout that has not been created. */
export function outlook(input: ForecastInput): RolloutOutlook {
  const prepared = runInputOf(input);
  return {
    forecast: forecast(input),
    blockers: blockersNow({ ...prepared, seed: input.seed, openFreezes: 'hold', hold: input.hold ?? null }),
    windows: windowsOf(input, prepared.fleet.clocks),
  };
}

function windowsOf({ policy: { window }, now }: ForecastInput, clocks: ReturnType<typeof runInputOf>['fleet']['clocks']): PreviewWindow[] {
  if (window === undefined) return [];
  const byZone = Map.groupBy(clocks, ({ zone }) => (window.timeZone === 'device' ? zone : window.timeZone));
  return [...byZone]
    .map(([timeZone, ofZone]) => {
      const states = ofZone.map((clock) => windowsOfZone(window, clock, now));
      return {
        timeZone,
        devices: ofZone.reduce((sum, { devices }) => sum + devices, 0),
        openNow: states.some(({ openNow }) => openNow),
        next: (states[0]?.next ?? []).map(({ opensAt, closesAt }) => ({ opensAt: iso(opensAt), closesAt: iso(closesAt) })),
      };
    })
    .sort((left, right) => right.devices - left.devices || (left.timeZone < right.timeZone ? -1 : 1));
}
