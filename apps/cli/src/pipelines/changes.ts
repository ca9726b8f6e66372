import { isDeepStrictEqual } from 'node:util';
import { type PipelineChange, type StageGates, stageParts } from '@sluice/contracts';
import type { Paint, Tone } from '../output/paint.ts';
import { gatesText } from '../output/views/stages.ts';

type Names = ReadonlyMap<string, string>;

const signs = {
  stage_added: ['+', 'good'],
  stage_removed: ['-', 'bad'],
  stage_changed: ['~', 'warning'],
  pipeline_renamed: ['~', 'warning'],
  stages_reordered: ['~', 'warning'],
} as const satisfies Record<PipelineChange['kind'], readonly [string, Tone]>;

const names = (value: unknown, of: (name: string) => string = (name) => name): string =>
  Array.isArray(value) ? value.map((each) => of(String(each))).join(', ') || 'nothing' : String(value);

function partText(part: string, value: unknown, groupNames: Names): string {
  if (part === 'groupIds') return names(value, (id) => groupNames.get(id) ?? id);
  // The control plane says gates of this shape.
  if (part === 'gates') return gatesText(value as StageGates);
  return Array.isArray(value) || typeof value === 'string' ? names(value) : JSON.stringify(value);
}

/** The members of two policies that differ, each with both values. */
function policyLines(before: unknown, after: unknown): string[] {
  const [old, now] = [before, after].map((each) => new Map(Object.entries(each ?? {})));
  const members = new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])]);
  const text = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [...members]
    .filter((member) => !isDeepStrictEqual(old?.get(member), now?.get(member)))
    .map((member) => `policy.${member}  ${text(old?.get(member))} → ${text(now?.get(member))}`);
}

const titles: Readonly<Record<string, string>> = { groupIds: 'groups' };

function partLines({ before, after }: PipelineChange, groupNames: Names): string[] {
  const told = new Set([...stageParts, ...Object.keys(before), ...Object.keys(after)]);
  return [...told].flatMap((part) => {
    if (!(part in before || part in after)) return [];
    const title = titles[part] ?? part;
    if (part in before && part in after) {
      if (part === 'policy') return policyLines(before[part], after[part]);
      return [`${title}  ${partText(part, before[part], groupNames)} → ${partText(part, after[part], groupNames)}`];
    }
    return part === 'policy' ? [] : [`${title}  ${partText(part, before[part] ?? after[part], groupNames)}`];
  });
}

/** Changes of a pipeline for people: what is added (+), removed (-) and changed (~), part by part. */
export function changeLines(changes: readonly PipelineChange[], groupNames: Names, paint: Paint): string[] {
  return changes.flatMap((change) => {
    const [sign, tone] = signs[change.kind];
    const subject = change.stageName === null ? 'pipeline' : `stage ${change.stageName}`;
    return [paint(tone, `${sign} ${subject}`), ...partLines(change, groupNames).map((line) => `    ${line}`)];
  });
}
