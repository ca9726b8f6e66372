import type {
  DeviceAtRisk,
  ForecastRange,
  ForecastWave,
  PreviewWave,
  PreviewWindow,
  RolloutForecast,
  RolloutPreview,
} from '@sluice/contracts';
import type { Invocation } from '../frame/invocation.ts';
import { formatSpan } from '../output/span.ts';
import type { Column } from '../output/table.ts';
import { plainText } from '../output/text-width.ts';
import { formatMoment } from '../output/time.ts';
import { blockerLines } from './tell.ts';

type Zone = string | undefined;

const devices = (count: number): string => (count === 1 ? '1 device' : `${count} devices`);

/** `5 min (4 min to 8 min)`: the middle, and the range of eight runs in ten. */
export function rangeText({ p10, p50, p90 }: ForecastRange, show: (value: number) => string): string {
  const [low, middle, high] = [show(p10), show(p50), show(p90)];
  return low === high ? middle : `${middle} (${low} to ${high})`;
}

type WaveRow = PreviewWave & { forecast: ForecastWave | undefined };

const spanOrNone = (range: ForecastRange | null | undefined): string =>
  range === null || range === undefined ? '–' : rangeText(range, formatSpan);

const waveColumns: Column<WaveRow>[] = [
  { title: 'Wave', value: ({ index }) => String(index + 1), align: 'right' },
  { title: 'Devices', value: ({ size }) => String(size), align: 'right' },
  { title: 'Starts after', value: ({ forecast }) => spanOrNone(forecast?.startsAfterMs) },
  { title: 'Passes after', value: ({ forecast }) => spanOrNone(forecast?.passesAfterMs) },
  { title: 'False alarms', value: ({ forecast }) => (forecast === undefined ? '–' : `${forecast.falseAlarmPercent} %`), align: 'right' },
  {
    title: 'First devices',
    value: ({ devices: named, size }) =>
      named
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ') + (size > 5 && named.length > 0 ? ', …' : ''),
  },
];

const reasons: Readonly<Record<DeviceAtRisk['reason'], string>> = {
  never_seen: 'was never seen',
  silent: 'is silent now',
  often_offline: 'is often offline',
  out_of_time: 'would not finish by its deadline',
};

const riskColumns = (zone: Zone): Column<DeviceAtRisk>[] => [
  { title: 'Device', value: ({ name }) => name },
  { title: 'Wave', value: ({ waveIndex }) => String(waveIndex + 1), align: 'right' },
  { title: 'Last seen', value: ({ lastSeenAt }) => formatMoment(lastSeenAt, zone) },
  { title: 'Why', value: ({ reason }) => reasons[reason] },
  { title: 'Late', value: ({ latePercent }) => `${latePercent} %`, align: 'right' },
  { title: 'Not in time', value: ({ missPercent }) => `${missPercent} %`, align: 'right' },
];

const windowColumns = (zone: Zone): Column<PreviewWindow>[] => [
  { title: 'Time zone', value: ({ timeZone }) => timeZone },
  { title: 'Devices', value: (each) => String(each.devices), align: 'right' },
  { title: 'Now', value: ({ openNow }) => (openNow ? 'open' : 'closed') },
  {
    title: 'Opens next, in your time',
    value: ({ next }) => next.map(({ opensAt }) => formatMoment(opensAt, zone).slice(0, 16)).join(', ') || 'never',
  },
];

const causes: Readonly<Record<NonNullable<ForecastWave['mostly']>, string>> = {
  timed_out: 'mostly because devices do not finish in time',
  failed: 'mostly because updates fail as they always do in some cases',
  unhealthy: 'mostly because devices are unhealthy, as they were before or become by themselves',
};

/** What is expected, in sentences. */
function forecastLines(forecast: RolloutForecast): string[] {
  const { runs, simulatedDevices, durationMs, completedPercent, falseAlarm, unfinishedPercent } = forecast;
  const number = (value: number): string => String(value);
  return [
    durationMs === null
      ? `Too few of ${runs} simulated runs went through without a stop (${completedPercent} %) to say how long it takes.`
      : `It takes ${rangeText(durationMs, formatSpan)}, if no gate stops it.`,
    `A good release is stopped by a gate in ${falseAlarm.percent} % of the runs (${falseAlarm.low} to ${falseAlarm.high} %).`,
    ...forecast.waves.flatMap(({ index, falseAlarmPercent, mostly }) =>
      mostly === null || falseAlarmPercent < 1 ? [] : [`- Wave ${index + 1}: ${falseAlarmPercent} %, ${causes[mostly]}.`],
    ),
    ...(unfinishedPercent === 0 ? [] : [`${unfinishedPercent} % of the runs lasted longer than was simulated.`]),
    `Devices that fail: ${rangeText(forecast.failed, number)}. Not in time: ${rangeText(forecast.timedOut, number)}. Heard of only after an hour: ${rangeText(forecast.late, number)}.`,
    `From ${runs} runs over ${devices(simulatedDevices)}; in brackets the range of eight runs in ten.`,
  ];
}

function basisLines({ basis, assumptions }: RolloutForecast): string[] {
  const { pastDeployments, devicesWithHistory, failurePercent, unhealthyNow, silentNow, neverSeen } = basis;
  return [
    '',
    'What this rests on',
    `- ${pastDeployments} deployments of good releases, ${devices(devicesWithHistory)} of this rollout among them; ${failurePercent} % of attempts fail.`,
    `- Now: ${unhealthyNow} unhealthy, ${silentNow} silent, ${neverSeen} never seen.`,
    ...assumptions.map((each) => `- ${plainText(each)}`),
  ];
}

/** Prints what a rollout would do. */
export function printPreview(invocation: Invocation, preview: RolloutPreview): void {
  const { print } = invocation;
  if (print.format === 'name') print.line(preview.planSeed);
  else if (print.isForPeople) printForPeople(invocation, preview);
  else print.data(preview);
}

function printForPeople({ print, ports: { timeZone } }: Invocation, preview: RolloutPreview): void {
  const { release, stageName, waves, forecast, alreadyCurrent, notApproved, windows, blockers, warnings } = preview;
  const line = (text = ''): void => print.line(text);
  line(
    `${plainText(release.applicationName)}/${plainText(release.name)} to ${plainText(stageName)}: ${devices(preview.size)}. Nothing was written.`,
  );
  if (alreadyCurrent.count > 0)
    line(`${devices(alreadyCurrent.count)} ${alreadyCurrent.count === 1 ? 'runs' : 'run'} the release already.`);
  if (preview.offline.count > 0) line(`${devices(preview.offline.count)} would be left out: offline.`);
  if (notApproved > 0) line(`${devices(notApproved)} of the groups ${notApproved === 1 ? 'is' : 'are'} left out: not approved.`);
  print.section(
    'Waves',
    waves.map((wave): WaveRow => ({ ...wave, forecast: forecast?.waves.find(({ index }) => index === wave.index) })),
    waveColumns,
  );
  if (forecast !== null) for (const text of ['', 'Expected', ...forecastLines(forecast)]) line(text);
  if (forecast !== null && forecast.atRisk.count > 0) {
    print.section(`At risk: ${devices(forecast.atRisk.count)}`, forecast.atRisk.devices, riskColumns(timeZone));
  }
  print.section('Maintenance windows', windows, windowColumns(timeZone));
  if (blockers.length > 0) for (const text of ['', 'What would hold it now', ...blockerLines(blockers, timeZone)]) line(text);
  if (warnings.length > 0)
    for (const text of ['', 'The policy', ...warnings.map(({ pointer, message }) => `- ${pointer}: ${plainText(message)}`)]) line(text);
  if (forecast !== null) for (const text of basisLines(forecast)) line(text);
  line();
  line(plainText(preview.membership));
  line(`To have it so: the same command without --dry-run, with --plan-seed ${preview.planSeed}`);
}
