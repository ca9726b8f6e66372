import type { SimulationResult } from '@sluice/rollout/simulator';

type Transition = SimulationResult['transitions'][number];

/** A run for people: under which policy, who did what when, and what was wrong with it. Several devices that do the same at once are one line. */
export function storyOf(result: SimulationResult): string {
  const { seed, scenario, outcome, waves, violations, steps, durationMs } = result;
  const lines = [
    `seed ${seed}: ${scenario.devices.length} devices, ${scenario.controllers} controllers, purpose ${scenario.purpose}`,
    `policy ${JSON.stringify(scenario.policy)}`,
    ...transitionLines(result),
    `${outcome} after ${clockOf(durationMs)}, ${steps} steps; waves ${waves.join(', ')}`,
    `faults: ${Object.entries(result.faults)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    ...violations.map(({ invariant, finding, at }) => `VIOLATION ${clockOf(at)} ${invariant}: ${finding}`),
    violations.length === 0 ? 'no violation' : `${violations.length} violations`,
  ];
  return `${lines.join('\n')}\n`;
}

function transitionLines({ transitions, startedAt }: SimulationResult): readonly string[] {
  const groups: Transition[][] = [];
  for (const change of transitions) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    if (group !== undefined && first !== undefined && isAlike(first, change)) group.push(change);
    else groups.push([change]);
  }
  return groups.map((group) => lineOf(group, startedAt));
}

function isAlike(a: Transition, b: Transition): boolean {
  const same = a.at === b.at && a.cause === b.cause && a.from === b.from && a.to === b.to && a.wave === b.wave;
  return same && a.subject === 'deployment' && b.subject === 'deployment';
}

function lineOf(group: readonly Transition[], startedAt: number): string {
  const [change] = group;
  if (change === undefined) return '';
  const { at, actor, subject, wave, from, to, cause } = change;
  const devices = group.length > 3 ? `${group.length} devices` : group.map(({ deviceId }) => deviceId).join(', ');
  const what = subject === 'deployment' ? devices : subject;
  const where = wave === null ? '' : ` wave ${wave}`;
  return `${clockOf(at - startedAt)} ${actor.padEnd(6)}${where.padEnd(7)} ${what}: ${from} -> ${to} (${cause})`;
}

/** Virtual time since the start: days, then the time of day. */
function clockOf(milliseconds: number): string {
  const [seconds, minutes, hours] = [1_000, 60_000, 3_600_000].map((unit, index) =>
    String(Math.floor(milliseconds / unit) % (index === 2 ? 24 : 60)).padStart(2, '0'),
  );
  return `${Math.floor(milliseconds / 86_400_000)}d ${hours}:${minutes}:${seconds}.${String(milliseconds % 1_000).padStart(3, '0')}`;
}
