import type { DisruptionBudget, DisruptionBudgetUse, Freeze, Hold, RolloutApproval } from '@sluice/contracts';
import type { Tone } from '../paint.ts';
import type { View } from '../printer.ts';
import type { Column } from '../table.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

function stateOf({ active, liftedAt, endsAt }: Freeze, now: number): string {
  if (active) return 'holds';
  if (liftedAt !== null) return 'lifted';
  return endsAt !== null && Date.parse(endsAt) <= now ? 'over' : 'to come';
}

/** How freezes are shown; `stageNames` by id. */
export function freezeView(zone: Zone, now: number, stageNames: ReadonlyMap<string, string>): View<Freeze> {
  return {
    noun: 'freezes',
    name: ({ id }) => id,
    columns: [
      { title: 'Name', value: ({ name }) => name },
      { title: 'State', value: (freeze) => stateOf(freeze, now), tone: ({ active }): Tone => (active ? 'warning' : 'dim') },
      { title: 'Where', value: ({ stageId }) => (stageId === null ? 'everywhere' : (stageNames.get(stageId) ?? `stage ${stageId}`)) },
      { title: 'From', value: ({ startsAt }) => formatMoment(startsAt, zone) },
      { title: 'Until', value: ({ endsAt }) => (endsAt === null ? 'lifted' : formatMoment(endsAt, zone)) },
      { title: 'By', value: ({ createdBy }) => createdBy },
      {
        title: 'Lifted',
        value: ({ liftedAt, liftedBy }) => (liftedAt === null ? '–' : `${formatMoment(liftedAt, zone)} by ${liftedBy}`),
        wide: true,
      },
      { title: 'Id', value: ({ id }) => id },
    ],
  };
}

/** How holds are shown; `stageNames` by id. */
export function holdView(zone: Zone, stageNames: ReadonlyMap<string, string>): View<Hold> {
  return {
    noun: 'holds',
    name: ({ id }) => id,
    columns: [
      { title: 'Stage', value: ({ stageId }) => stageNames.get(stageId) ?? stageId },
      { title: 'State', value: ({ active }) => (active ? 'holds' : 'lifted'), tone: ({ active }): Tone => (active ? 'warning' : 'dim') },
      { title: 'Release', value: ({ releaseId }) => releaseId ?? 'every release' },
      { title: 'Why', value: ({ reason }) => reason },
      { title: 'Since', value: ({ createdAt }) => formatMoment(createdAt, zone) },
      { title: 'By', value: ({ createdBy }) => createdBy },
      {
        title: 'Lifted',
        value: ({ liftedAt, liftedBy, liftReason }) =>
          liftedAt === null ? '–' : `${formatMoment(liftedAt, zone)} by ${liftedBy}: ${liftReason}`,
        wide: true,
      },
      { title: 'Id', value: ({ id }) => id },
    ],
  };
}

/** A part of a budget as people write it: `10%` or `3`. */
export function maximumText({ count, unit }: DisruptionBudget['maximumUnavailable']): string {
  return unit === 'percent' ? `${count}%` : String(count);
}

/** How disruption budgets are shown. */
export function budgetView(zone: Zone): View<DisruptionBudget> {
  const labels = ({ matchLabels }: DisruptionBudget): string =>
    Object.entries(matchLabels)
      .map(([label, value]) => `${label}=${value}`)
      .join(',') || 'all devices';
  return {
    noun: 'disruption budgets',
    name: ({ name }) => name,
    columns: [
      { title: 'Name', value: ({ name }) => name },
      { title: 'At most', value: ({ maximumUnavailable }) => `${maximumText(maximumUnavailable)} unavailable` },
      { title: 'Of', value: labels },
      { title: 'For each', value: ({ perLabel }) => perLabel ?? '–' },
      { title: 'Created', value: ({ createdAt }) => formatMoment(createdAt, zone), wide: true },
      { title: 'Id', value: ({ id }) => id, wide: true },
    ],
  };
}

/** What is used of a budget now. */
export function budgetUseColumns(perLabel: string | null): Column<DisruptionBudgetUse>[] {
  const full = ({ unavailable, allowed }: DisruptionBudgetUse): Tone => (unavailable >= allowed ? 'warning' : 'plain');
  return [
    { title: perLabel ?? 'Devices', value: ({ value }) => value ?? (perLabel === null ? 'all' : 'without it') },
    { title: 'Count', value: ({ devices }) => String(devices), align: 'right' },
    { title: 'Unavailable', value: ({ unavailable }) => String(unavailable), align: 'right', tone: full },
    { title: 'Allowed', value: ({ allowed }) => String(allowed), align: 'right' },
  ];
}

/** What people said about a rollout. */
export function approvalColumns(zone: Zone): Column<RolloutApproval>[] {
  return [
    { title: 'For', value: ({ waveIndex }) => (waveIndex === null ? 'the start' : `wave ${waveIndex + 1}`) },
    { title: 'By', value: ({ person }) => person },
    { title: 'At', value: ({ at }) => formatMoment(at, zone) },
    { title: 'Counts', value: ({ counts }) => (counts ? 'yes' : 'no'), tone: ({ counts }): Tone => (counts ? 'plain' : 'dim') },
    { title: 'Comment', value: ({ comment }) => comment || '–' },
  ];
}
