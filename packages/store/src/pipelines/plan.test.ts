import type { RolloutPolicy } from '@sluice/contracts';
import { expect, it } from 'vitest';

import { changesOf, draftWithName, draftWithout, type PipelineDraft, type StageDraft } from './plan.ts';

const policy: RolloutPolicy = { waves: [], order: 'name', deploymentDeadlineMs: 60_000, onBreach: 'pause' };
const stage = (name: string, after: string[], more: Partial<StageDraft> = {}): StageDraft => {
  return { id: name, name, after, groupIds: [], policy, gates: { soakMs: 0, automatic: false }, ...more };
};
const fanOut: PipelineDraft = {
  name: 'main',
  stages: [stage('dev', []), stage('staging', ['dev']), stage('eu', ['staging']), stage('us', ['staging', 'dev'])],
};

/** All stages before a stage, over any number of others. */
function allBefore({ stages }: PipelineDraft, name: string): Set<string> {
  const after = stages.find((each) => each.name === name)?.after ?? [];
  return new Set(after.flatMap((each) => [each, ...allBefore({ name, stages }, each)]));
}

it('when a stage is taken out, everybody else has the same stages before them as ever, and stands nowhere twice', () => {
  for (const removed of fanOut.stages) {
    const rest = draftWithout(fanOut, removed.name);
    expect(rest.stages.map(({ name }) => name)).toEqual(fanOut.stages.map(({ name }) => name).filter((name) => name !== removed.name));
    for (const { name, after } of rest.stages) {
      const before = allBefore(fanOut, name);
      before.delete(removed.name);
      expect(allBefore(rest, name)).toEqual(before);
      expect(new Set(after).size).toBe(after.length);
    }
  }
});

it('when a stage gets another name, only it has changed', () => {
  const renamed = draftWithName(fanOut, 'staging', 'test');
  expect(renamed.stages.map(({ after }) => after)).toEqual([[], ['dev'], ['test'], ['test', 'dev']]);
  expect(changesOf(fanOut, renamed)).toEqual([
    { kind: 'stage_changed', stageName: 'staging', before: { name: 'staging' }, after: { name: 'test' } },
  ]);
});

it('when several things change at once, each is told once, with the parts that differ', () => {
  const gates = { soakMs: 60_000, automatic: true };
  const [dev, , eu, us] = fanOut.stages;
  if (dev === undefined || eu === undefined || us === undefined) throw new Error('a stage is missing');
  const asia = stage('asia', ['dev'], { id: null });
  const changed = { name: 'line', stages: [dev, { ...us, after: ['dev'] }, { ...eu, gates, after: ['dev'] }, asia] };
  const noGates = { soakMs: 0, automatic: false };
  const parts = { groupIds: [], policy, gates: noGates, after: ['dev'] };
  expect(changesOf(fanOut, changed)).toEqual([
    { kind: 'pipeline_renamed', stageName: null, before: { name: 'main' }, after: { name: 'line' } },
    { kind: 'stage_removed', stageName: 'staging', before: parts, after: {} },
    { kind: 'stage_added', stageName: 'asia', before: {}, after: parts },
    { kind: 'stage_changed', stageName: 'us', before: { after: ['staging', 'dev'] }, after: { after: ['dev'] } },
    { kind: 'stage_changed', stageName: 'eu', before: { after: ['staging'], gates: noGates }, after: { after: ['dev'], gates } },
    { kind: 'stages_reordered', stageName: null, before: { stages: ['dev', 'eu', 'us'] }, after: { stages: ['dev', 'us', 'eu'] } },
  ]);
  const shuffled = fanOut.stages.map((each) => ({ ...each, after: each.after.toReversed() }));
  expect(changesOf(fanOut, { ...fanOut, stages: shuffled })).toEqual([]);
});
