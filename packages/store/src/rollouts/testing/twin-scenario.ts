/** The scenarios of twins: those of the simulator, with the parts of the policy that are asked for. */
import type { RolloutPolicy } from '@sluice/contracts';
import { validatePolicy } from '@sluice/rollout';
import { type DeviceModel, randomScenario, type Scenario } from '@sluice/rollout/simulator';

/** Where a twin comes from, as data: it shrinks, and can be read in a failure. */
export type TwinSeed = {
  seed: number;
  window: boolean;
  budgets: boolean;
  /** A rollout of higher priority is changing the first device. */
  higher: boolean;
  offline: boolean;
  joining: boolean;
  analysis: boolean;
};

/** A scenario of which freezes, holds and the size of batches change on the way. */
export type TwinScenario = Omit<Scenario, 'freezes' | 'batchMax' | 'heldForMs' | 'devices'> & {
  devices: readonly DeviceModel[];
  freezes: { from: number; to: number }[];
  batchMax: number;
  heldForMs: number | null;
};

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
/** A site without a budget, for devices that others have: the model knows nothing of their updates. */
export const siteOfOthers = 9;
const seedsMax = 20_000;

/** The scenario of a seed. `start`: epoch milliseconds, at a full minute. Devices have neither ids nor names of Postgres yet. */
export function twinScenario(wanted: TwinSeed, start: number): TwinScenario {
  const random = firstWith(wanted);
  const policy = policyOf(random, wanted, start);
  const dependsOnTheStart = wanted.offline || wanted.joining;
  const devices = random.devices.map((device, place) => {
    const isHeld = wanted.higher && place === 0;
    return {
      ...device,
      alreadyCurrent: false,
      offline: wanted.offline ? device.offline : [],
      // A stage without any device is promoted into by nobody.
      joinsAt: wanted.joining && place > 0 && device.joinsAt !== null ? Math.max(minute, device.joinsAt) : null,
      heldUntil: isHeld ? Number.POSITIVE_INFINITY : null,
      site: isHeld ? siteOfOthers : device.site,
    };
  });
  return {
    ...random,
    policy,
    policyVersion: 1,
    purpose: 'update',
    // Who is there is decided when the rollout is planned, and the model plans at once.
    startAt: dependsOnTheStart ? null : random.startAt,
    devices,
    window: wanted.window ? windowOf(random) : null,
    budgets: wanted.budgets ? [0, 1, 2].map((site) => ({ site, maximumUnavailable: 1 + ((random.seed + site) % 2) })) : [],
    freezes: [],
    heldForMs: null,
  };
}

/** The first seed from this one on whose scenario has what is asked for. */
function firstWith(wanted: TwinSeed): Scenario {
  for (let seed = wanted.seed; seed < wanted.seed + seedsMax; seed += 1) {
    const scenario = randomScenario(seed, { devices: 2 + (wanted.seed % 5) });
    const { policy, devices } = scenario;
    const isAway = policy.offline !== undefined && policy.offline.action !== 'wait' && devices.some(({ offline }) => offline.length > 0);
    const isJoined = policy.membership === 'continuous' && devices.slice(1).some(({ joinsAt }) => joinsAt !== null);
    const isAnalyzed = policy.waves.some(({ analysis }) => analysis !== undefined);
    if (validatePolicy(policy).some(({ severity }) => severity === 'error')) continue;
    if ((isAway || !wanted.offline) && (isJoined || !wanted.joining) && (isAnalyzed || !wanted.analysis)) return scenario;
  }
  throw new RangeError(`no scenario from seed ${wanted.seed} on has what is asked for`);
}

function policyOf(random: Scenario, wanted: TwinSeed, start: number): RolloutPolicy {
  const { window: _window, offline, membership, approval, ...asked } = random.policy;
  const waves = asked.waves.map((wave) => {
    const { analysis: _analysis, ...others } = wave;
    return wanted.analysis ? wave : others;
  });
  return {
    ...asked,
    waves,
    order: 'name',
    ...(wanted.offline && offline !== undefined ? { offline } : {}),
    ...(wanted.joining && membership !== undefined ? { membership } : {}),
    ...(approval !== undefined && !wanted.offline && !wanted.joining ? { approval } : {}),
    ...(wanted.window ? { ...windowPolicy(random, start), deploymentDeadlineMs: day + asked.deploymentDeadlineMs } : {}),
  };
}

/** Once a day, for some hours; the zones of devices lie some hours apart. */
function windowOf({ seed }: Scenario): NonNullable<Scenario['window']> {
  return {
    openMs: (1 + (seed % 5)) * hour,
    everyMs: day,
    zoneShiftMs: (seed % 8) * hour,
    leadMs: (seed % 3) * 45 * minute,
    oldZone: seed % 2 === 0 ? seed % 3 : null,
  };
}

/** The same window as a policy says it: by a rule, and by names of zones. In the zone 0, UTC, it is open from the start on. */
function windowPolicy(random: Scenario, start: number): Pick<RolloutPolicy, 'window'> {
  const { openMs, leadMs } = windowOf(random);
  return {
    window: {
      recurrence: 'FREQ=DAILY',
      startTime: new Date(start).toISOString().slice(11, 16),
      durationMinutes: openMs / minute,
      timeZone: 'device',
      leadMinutes: leadMs / minute,
    },
  };
}

/** The name of the zone of a device: so many hours ahead of UTC (in these names the sign is the other way around). */
export function zoneName({ window }: TwinScenario, zone: number): string {
  const hours = ((window?.zoneShiftMs ?? 0) * zone) / hour;
  return hours === 0 ? 'UTC' : `Etc/GMT-${hours}`;
}
