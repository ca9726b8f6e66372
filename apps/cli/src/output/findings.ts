import type { PolicyFinding, PolicyReport } from '@sluice/contracts';
import { noPaint, type Paint, type Tone } from './paint.ts';
import { plainText } from './text-width.ts';

/** How it stands: what blocks first, then warnings, then what is waived. */
function standingOf({ severity, waiver }: PolicyFinding): { word: string; tone: Tone; rank: number } {
  if (waiver !== undefined) return { word: 'waived', tone: 'dim', rank: 2 };
  return severity === 'block' ? { word: 'block', tone: 'bad', rank: 0 } : { word: 'warn', tone: 'warning', rank: 1 };
}

/** `node "Restart" (exec, e1) on tab Line 3`, or the module. */
function placeOf({ nodeId, nodeType, nodeName, tab, tabId, module }: PolicyFinding): string {
  if (nodeId !== undefined && nodeId === tabId) return `${nodeType} ${tab}`;
  if (nodeId === undefined) return module === undefined ? '' : `module ${module}`;
  const node = nodeName === undefined ? `node ${nodeId} (${nodeType})` : `node "${nodeName}" (${nodeType}, ${nodeId})`;
  return tab === undefined ? node : `${node} on ${tab}`;
}

/** Findings as lines for people: what, where, why, what to do, and how to waive it. */
export function findingLines(findings: readonly PolicyFinding[], paint: Paint = noPaint): string[] {
  const sorted = findings.toSorted((left, right) => standingOf(left).rank - standingOf(right).rank);
  return sorted.flatMap((finding) => {
    const { word, tone } = standingOf(finding);
    const place = placeOf(finding);
    const { rule, subject, message, why, fix, waiver } = finding;
    return [
      '',
      `${paint(tone, word)}  ${rule}${place === '' ? '' : `  ${plainText(place)}`}`,
      `  ${plainText(message)}`,
      ...(waiver === undefined
        ? [`  Why: ${plainText(why)}`, `  Fix: ${plainText(fix)}`]
        : [`  Waived by ${plainText(waiver.by)}: ${plainText(waiver.reason)}`]),
      paint('dim', `  Subject: ${plainText(subject)}`),
    ];
  });
}

/** A report as lines for people, ending with the sum. */
export function reportLines(report: PolicyReport, paint: Paint): string[] {
  const { counts, stage, notices, omitted, isBlocked } = report;
  const sum = `${counts.block} blocking, ${counts.warn} ${counts.warn === 1 ? 'warning' : 'warnings'}, ${counts.waived} waived`;
  const where = stage === null ? '' : ` for stage ${plainText(stage.name)}`;
  return [
    ...findingLines(report.findings, paint).slice(1),
    ...(report.findings.length === 0 ? [] : ['']),
    ...(omitted === 0 ? [] : [`${omitted} more findings are only counted.`]),
    ...notices.map(({ code, message }) => paint('dim', `${plainText(message)} [${code}]`)),
    paint(isBlocked ? 'bad' : 'good', `${isBlocked ? 'Blocked' : 'Nothing blocks'}${where}: ${sum}.`),
  ];
}
