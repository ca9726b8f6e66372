/** What the devices of a run do: they take offers, end, fall ill, and are set aside while they are away. */
import type { DeploymentState } from '@sluice/contracts';
import type { Decision } from '../decision.ts';
import type { WaveInput } from '../engine-input.ts';
import { lateWaveOf } from '../late-wave.ts';
import { retryAt } from '../retry.ts';
import { createLife, type DeviceLife, waitFor } from './device-life.ts';
import type { DeviceModel } from './fleet-model.ts';
import type { Run } from './run-state.ts';

/** Who is heard of only so long after the offer is late. */
const lateMs = 3_600_000;
/** How long a device that fell ill by itself stays so. */
const illnessMs = 5 * 60_000;
/** Runs end before. */
export const horizonMs = 120 * 86_400_000;

/** Offers the release to a device, and knows from then on how that ends. */
export function offer(run: Run, place: number): void {
  const { input, timeline, tables } = run;
  const device = input.fleet.devices[place];
  if (device === undefined) return;
  const attempt = tables.offer(place);
  const now = timeline.now();
  const { answeredAt, endsAt, state } = lifeOf(run, place, device).attempt(now);
  run.answersAt.set(place, answeredAt);
  if (answeredAt - now > lateMs) run.late.add(place);
  if (!Number.isFinite(endsAt)) return;
  timeline.after(endsAt - now, () => finish(run, { place, device, attempt, state }));
}
function lifeOf({ lives, input, random }: Pick<Run, 'lives' | 'input' | 'random'>, place: number, device: DeviceModel): DeviceLife {
  const life = lives[place] ?? createLife(device, { start: input.start, random, windows: input.windows?.[device.clock] ?? null });
  lives[place] = life;
  return life;
}
/** Since when the devices of a wave are away that have accepted nothing; null: it is there. */
function silences(run: Run, wave: number, now: number): { place: number; weight: number; since: number | null }[] {
  return run.tables.unaccepted(wave).flatMap((place) => {
    const device = run.input.fleet.devices[place];
    if (device === undefined || (run.tables.hasOffer(place) && (run.answersAt.get(place) ?? 0) <= now)) return [];
    return [{ place, weight: device.weight, since: lifeOf(run, place, device).silentSince(now) }];
  });
}
/** How many devices of a wave are away for too long, if its policy does not wait for them. */
export function countOffline(run: Run, wave: number, now: number): Pick<WaveInput, 'offline'> {
  const { offline } = run.input.policy;
  if (offline === undefined || offline.action === 'wait') return {};
  const away = silences(run, wave, now).filter(({ since }) => since !== null);
  const gone = away.filter(({ since }) => now - (since ?? now) >= offline.afterMs);
  const next = away.flatMap(({ since }) => (since !== null && now - since < offline.afterMs ? [since + offline.afterMs] : []));
  const isPatient = offline.action === 'late_wave' && wave === lateWaveOf(run.input.policy);
  const nextAt = isPatient || next.length === 0 ? null : Math.min(...next);
  return { offline: { devices: gone.reduce((sum, { weight }) => sum + weight, 0), nextAt } };
}
/** Leaves devices out that are away, or puts them into the late wave. */
export function setAside(run: Run, { wave, action }: Extract<Decision, { kind: 'set_aside' }>): void {
  const now = run.timeline.now();
  const late = lateWaveOf(run.input.policy);
  const afterMs = run.input.policy.offline?.afterMs ?? 0;
  for (const { place, since } of silences(run, wave, now)) {
    if (since === null || now - since < afterMs) continue;
    run.queue.drop(wave, place);
    if (action === 'late_wave' && late !== null) run.tables.defer(place, late);
    else run.tables.move(place, 'skipped');
  }
}
type End = { place: number; device: DeviceModel; attempt: number; state: DeploymentState & ReturnType<DeviceLife['attempt']>['state'] };

function finish(run: Run, { place, device, attempt, state }: End): void {
  const { input, timeline, tables, queue } = run;
  if (!tables.isOffered(place, attempt)) return;
  const now = timeline.now();
  const mayRetry = tables.wave(tables.waveOf(place)).state === 'running';
  const again = mayRetry ? retryAt(input.policy.retries, state, attempt, now) : null;
  if (again !== null) {
    tables.move(place, 'queued');
    queue.retry(place, again);
  } else {
    tables.move(place, state);
    if (state === 'succeeded') livesOn(run, place, device);
  }
  run.hint();
}

/** After its success a device may be unhealthy, as it was before, or fall ill as devices do. */
function livesOn(run: Run, place: number, device: DeviceModel): void {
  const { timeline, tables, random, input } = run;
  if (device.unhealthy) {
    tables.health(place, { healthy: false, now: timeline.now() });
    return;
  }
  const after = waitFor(random, input.fleet.illnessRate);
  if (after > horizonMs) return;
  timeline.after(after, () => {
    tables.health(place, { healthy: false, now: timeline.now() });
    run.hint();
  });
  timeline.after(after + illnessMs, () => {
    tables.health(place, { healthy: true, now: timeline.now() });
    run.hint();
  });
}
