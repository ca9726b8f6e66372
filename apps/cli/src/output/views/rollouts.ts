import type { MeasuredMetric, Rollout, RolloutDetail, Wave, WaveMeasurement } from '@sluice/contracts';
import { countsSentence } from '../../rollouts/outcome.ts';
import { toneOfState } from '../paint.ts';
import type { View } from '../printer.ts';
import type { Column } from '../table.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

/** How rollouts are shown. */
export function rolloutView(zone: Zone): View<Rollout> {
  return {
    noun: 'rollouts',
    name: (rollout) => rollout.id,
    columns: [
      { title: 'Id', value: (rollout) => rollout.id },
      { title: 'Release', value: (rollout) => `${rollout.applicationName}/${rollout.release.name}` },
      { title: 'Stage', value: (rollout) => rollout.stageName },
      { title: 'Kind', value: (rollout) => rollout.kind },
      { title: 'State', value: (rollout) => rollout.state.replaceAll('_', ' '), tone: (rollout) => toneOfState(rollout.state) },
      { title: 'Devices', value: (rollout) => countsSentence(rollout.counts) },
      { title: 'By', value: (rollout) => rollout.createdBy, wide: true },
      { title: 'Created', value: (rollout) => formatMoment(rollout.createdAt, zone) },
      { title: 'Started', value: (rollout) => formatMoment(rollout.startedAt, zone), wide: true },
      { title: 'Finished', value: (rollout) => formatMoment(rollout.finishedAt, zone), wide: true },
      { title: 'Rollback of', value: (rollout) => rollout.rollbackOf ?? '–', wide: true },
      { title: 'Reason', value: (rollout) => rollout.reason ?? '–', wide: true },
    ],
  };
}

/** How one rollout is shown. */
export function rolloutDetailView(zone: Zone): View<RolloutDetail> {
  const { columns, ...view } = rolloutView(zone);
  return {
    ...view,
    columns: [
      ...columns,
      { title: 'Starts', value: ({ startAt }) => (startAt === null ? 'at once' : formatMoment(startAt, zone)) },
      { title: 'Priority', value: ({ priority }) => String(priority) },
      {
        title: 'Hotfix',
        value: ({ hotfixReason, kind }) => hotfixReason ?? (kind === 'rollback' ? 'no: nothing holds a rollback' : 'no: freezes hold it'),
      },
      { title: 'Policy', value: ({ policyVersion }) => `version ${policyVersion}` },
    ],
  };
}

/** How the waves of a rollout are shown. */
export function waveColumns(zone: Zone): Column<Wave>[] {
  return [
    { title: 'Wave', value: (wave) => `${wave.index + 1}${wave.late ? ' late' : ''}`, align: 'right' },
    { title: 'State', value: (wave) => wave.state.replaceAll('_', ' '), tone: (wave) => toneOfState(wave.state) },
    {
      title: 'Devices',
      value: ({ counts, leftOut }) => `${countsSentence(counts)}${leftOut === 0 ? '' : ` (${leftOut} left out: not there)`}`,
    },
    { title: 'Started', value: (wave) => formatMoment(wave.startedAt, zone) },
    { title: 'Finished', value: (wave) => formatMoment(wave.finishedAt, zone) },
  ];
}

type Measured = { measurement: WaveMeasurement; metric: MeasuredMetric };

/** What the analyses of a rollout measured, one row per metric, the newest first. */
export function measuredRows({ measurements }: Pick<RolloutDetail, 'measurements'>): Measured[] {
  return measurements.flatMap((measurement) => measurement.metrics.map((metric) => ({ measurement, metric })));
}

const toneOfOutcome = { success: 'good', failure: 'bad', inconclusive: 'warning' } as const;
const numberOrNone = (value: number | null): string => (value === null ? '–' : String(value));

/** How measurements are shown. */
export function measuredColumns(zone: Zone): Column<Measured>[] {
  return [
    { title: 'Wave', value: ({ measurement }) => String(measurement.waveIndex + 1), align: 'right' },
    { title: 'No.', value: ({ measurement }) => String(measurement.number), align: 'right' },
    { title: 'At', value: ({ measurement }) => formatMoment(measurement.at, zone) },
    { title: 'Metric', value: ({ metric }) => metric.name },
    { title: 'Value', value: ({ metric }) => numberOrNone(metric.value), align: 'right' },
    { title: 'Baseline', value: ({ metric }) => numberOrNone(metric.baseline), align: 'right' },
    { title: 'Devices', value: ({ measurement, metric }) => `${metric.sample} of ${measurement.updated}`, align: 'right' },
    {
      title: 'Outcome',
      value: ({ metric }) => `${metric.outcome}${metric.dryRun ? ' (dry run)' : ''}`,
      tone: ({ metric }) => (metric.dryRun ? 'plain' : toneOfOutcome[metric.outcome]),
    },
  ];
}
