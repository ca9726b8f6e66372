import type { Approval, Rate, Retries, RolloutPolicy, WavePolicy } from '@sluice/contracts';
import { createRandom, type Random } from './random.ts';
import { withAnalysis } from './random-analysis.ts';
import { asRollback } from './random-rollback.ts';
import { type DeviceModel, deviceResults, type PersonAct, type Scenario } from './scenario.ts';

const minute = 60_000;

/** A random policy over a random fleet (of so many devices, if that is given) with random faults: the whole run follows from the seed. */
export function randomScenario(seed: number, fleet: { readonly devices?: number } = {}): Scenario {
  const random = createRandom(seed);
  const size = random.chance(20) ? random.integer(1, 3) : random.integer(0, 24);
  const count = fleet.devices ?? size;
  const badPercent = random.pick([0, 0, 5, 15, 40]);
  const faulty = random.chance(70);
  const devices = Array.from({ length: count }, (_, index) => randomDevice(random, index, { badPercent, faulty }));
  const scenario: Scenario = {
    seed,
    policy: randomPolicy(random),
    policyVersion: random.integer(1, 9),
    purpose: random.chance(15) ? 'rollback' : 'update',
    startAt: random.chance(20) ? random.integer(1, 30) * minute : null,
    devices,
    controllers: random.chance(50) ? 2 : 1,
    crashPercent: faulty ? random.pick([0, 5, 20]) : 0,
    batchMax: random.pick([1, 1, 3, 1_000]),
    writeDelayMaxMs: random.pick([0, 50, 5_000, 60_000]),
    loseHintPercent: faulty ? random.pick([0, 30, 100]) : 0,
    sweepMs: random.integer(2, 15) * minute,
    people: random.chance(50) ? randomActs(random, devices) : [],
    meddlePercent: faulty ? random.pick([0, 0, 3, 10]) : 0,
    resumePercent: random.pick([50, 90]),
    ...randomConstraints(random, seed),
  };
  return asRollback(withAnalysis(scenario));
}

type Constraints = Pick<Scenario, 'window' | 'budgets' | 'freezes' | 'hotfix' | 'heldForMs' | 'approvePercent'>;

function randomConstraints(random: Random, seed: number): Constraints {
  const everyMs = random.integer(30, 240) * minute;
  const window = {
    openMs: random.integer(5, 30) * minute,
    everyMs,
    zoneShiftMs: random.integer(0, 120) * minute,
    leadMs: (seed % 3) * 15 * minute,
    oldZone: seed % 2 === 0 ? 0 : null,
  };
  const freezes = Array.from({ length: random.integer(1, 2) }, () => {
    const from = random.integer(0, 60) * minute;
    return { from, to: from + random.integer(1, 240) * minute };
  });
  return {
    window: random.chance(25) ? window : null,
    budgets: random.chance(25) ? sites.map((site) => ({ site, maximumUnavailable: random.integer(1, 3) })) : [],
    freezes: random.chance(25) ? freezes : [],
    hotfix: random.chance(25),
    heldForMs: random.chance(10) ? random.integer(1, 120) * minute : null,
    approvePercent: random.pick([60, 95]),
  };
}

const sites = [0, 1, 2];

function randomPolicy(random: Random): RolloutPolicy {
  const waves: WavePolicy[] = [];
  let percent = 0;
  const count = random.integer(0, 3);
  if (random.chance(15)) waves.push(randomWave(random, { kind: 'labels', matchLabels: { site: `site-${random.integer(0, 2)}` } }));
  for (let index = 0; index < count; index += 1) {
    const byCount = random.chance(50) || percent > 80;
    if (!byCount) percent += random.integer(1, 15);
    waves.push(randomWave(random, byCount ? { kind: 'count', count: random.integer(1, 5) } : { kind: 'percent', percent }));
  }
  waves.push(randomWave(random, random.chance(70) ? { kind: 'rest' } : { kind: 'percent', percent: 100 }));
  return {
    waves,
    order: random.pick(['random', 'name']),
    ...(random.chance(30) ? { spreadBy: 'site' } : {}),
    deploymentDeadlineMs: random.integer(20, 120) * minute,
    onBreach: random.pick(['pause', 'abort', 'roll_back']),
    ...(random.chance(15) ? { approval: randomApproval(random) } : {}),
    ...(random.chance(25) ? { membership: random.pick(['continuous', 'continuous', 'snapshot']) } : {}),
    ...(random.chance(35) ? { offline: randomOfflinePolicy(random) } : {}),
    ...(random.chance(35) ? { rate: randomRate(random) } : {}),
    ...(random.chance(35) ? { retries: randomRetries(random) } : {}),
  };
}

function randomOfflinePolicy(random: Random): NonNullable<RolloutPolicy['offline']> {
  return { afterMs: random.integer(5, 60) * minute, action: random.pick(['late_wave', 'late_wave', 'exclude', 'exclude', 'wait']) };
}

function randomApproval(random: Random): Approval {
  return { required: random.integer(1, 3), role: 'operator', creatorExcluded: true };
}

function randomRate(random: Random): Rate {
  const perMinute = random.integer(1, 4);
  if (random.chance(50)) return { kind: 'constant', perMinute };
  return {
    kind: 'exponential',
    basePerMinute: perMinute,
    factorPercent: random.pick([101, 200, 400]),
    every: random.integer(1, 3),
    on: random.pick(['offered', 'succeeded']),
    maximumPerMinute: random.integer(2, 5),
  };
}

function randomRetries(random: Random): Retries {
  return { failed: random.integer(0, 3), rolled_back: random.integer(0, 2), backOffMs: random.integer(0, 10) * minute };
}

function randomWave(random: Random, size: WavePolicy['size']): WavePolicy {
  const soakMs = random.chance(50) ? 0 : random.integer(1, 30) * minute;
  return { size, threshold: randomThreshold(random), soakMs, ...(random.chance(8) ? { approval: randomApproval(random) } : {}) };
}

function randomThreshold(random: Random): WavePolicy['threshold'] {
  // A gate that lets everything through shows best what must hold without any help from it.
  if (random.chance(20)) return { successPercent: 0, errorPercent: 100, minimumSample: 1 };
  const errorPercent = random.pick([0, 0, 10, 25, 50, 100]);
  return {
    successPercent: random.pick([100 - errorPercent, 100, 90, 75, 50, 0]),
    errorPercent,
    minimumSample: random.pick([1, 1, 2, 5, 100]),
    ...(random.chance(20) ? { failureLimits: randomLimits(random) } : {}),
  };
}

function randomLimits(random: Random): NonNullable<WavePolicy['threshold']['failureLimits']> {
  return { rolled_back: random.pick([0, 10, 25]), ...(random.chance(50) ? { timed_out: random.pick([0, 10, 50]) } : {}) };
}

function randomDevice(random: Random, index: number, fleet: { badPercent: number; faulty: boolean }): DeviceModel {
  const { faulty } = fleet;
  const offline = faulty && random.chance(30) ? randomOffline(random) : [];
  const regressions =
    faulty && random.chance(25)
      ? Array.from({ length: random.integer(1, 3) }, () => ({
          afterMs: random.integer(0, 40) * minute,
          forMs: random.chance(15) ? null : random.integer(1, 10) * minute,
        }))
      : [];
  return {
    id: `device-${String(index).padStart(4, '0')}`,
    name: `line-${random.integer(0, 999)}`,
    alreadyCurrent: random.chance(8),
    pollMs: random.integer(1, random.pick([5, 120])) * 1_000,
    stepMs: faulty && random.chance(3) ? random.integer(10, 60) * minute : random.integer(1, random.pick([5, 300])) * 1_000,
    offline,
    result: random.chance(fleet.badPercent) ? random.pick(deviceResults.filter((result) => result !== 'succeeded')) : 'succeeded',
    regressions,
    succeedsFromAttempt: random.chance(50) ? random.integer(2, 3) : null,
    site: random.pick(sites),
    zone: random.integer(0, 2),
    joinsAt: random.chance(12) ? random.integer(0, 300) * minute : null,
    heldUntil: faulty && random.chance(5) ? random.integer(1, 90) * minute : null,
    measured: {},
    delayMaxMs: faulty ? random.pick([0, 1_000, 20 * minute]) : 0,
    duplicatePercent: faulty ? random.pick([0, 30]) : 0,
    losePercent: faulty ? random.pick([0, 0, 10]) : 0,
    wrongAttemptPercent: faulty ? random.pick([0, 10]) : 0,
    clockSkewMs: faulty && random.chance(20) ? random.pick([-365, -1, 1, 365]) * random.integer(1, 1_440) * minute : 0,
  };
}

/** Away for hours, every night, or for a moment again and again. */
function randomOffline(random: Random): DeviceModel['offline'] {
  const pattern = random.pick(['once', 'nights', 'flapping'] as const);
  if (pattern === 'once') return [{ from: random.integer(-90, 60) * minute, to: random.integer(60, 400) * minute }];
  const everyMs = pattern === 'nights' ? 1_440 * minute : random.integer(2, 20) * minute;
  const lengthMs = pattern === 'nights' ? random.integer(300, 900) * minute : Math.floor((everyMs * random.integer(10, 90)) / 100);
  const first = random.integer(0, Math.floor(everyMs / minute)) * minute;
  return Array.from({ length: pattern === 'nights' ? 3 : 40 }, (_, turn) => {
    const from = first + turn * everyMs;
    return { from, to: from + lengthMs };
  });
}

function randomActs(random: Random, devices: readonly DeviceModel[]): readonly PersonAct[] {
  return Array.from({ length: random.integer(1, 4) }, (): PersonAct => {
    // Many acts fall into the first moments, between the reading and the writing of a controller.
    const at = random.integer(0, random.pick([20_000, 20_000, 15 * minute, 15 * minute, 180 * minute]));
    if (random.chance(10)) return { at, kind: 'edit_policy', policy: randomPolicy(random) };
    if (devices.length === 0 || random.chance(50)) {
      return { at, kind: 'request', request: random.pick(['pause', 'pause', 'resume', 'advance', 'advance', 'abort', 'roll_back']) };
    }
    if (random.chance(20)) return { at, kind: 'relabel', deviceId: random.pick(devices).id, site: random.pick(sites) };
    const command = random.pick(['cancel', 'remove', 'supersede', 'skip'] as const);
    return { at, kind: 'device', command, deviceId: random.pick(devices).id };
  });
}
