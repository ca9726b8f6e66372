import { isDeepStrictEqual } from 'node:util';

import {
  NO_GATES,
  type Pipeline,
  type PipelineChange,
  type Stage,
  type StageGates,
  type StageInput,
  stageParts,
  upstreamsOf,
} from '@sluice/contracts';

/** A stage as it shall be; `id` null: a new one. `after` are the names of its upstreams. */
export type StageDraft = Required<Omit<StageInput, 'gates'>> & { id: string | null; gates: StageGates };
export type PipelineDraft = { name: string; stages: readonly StageDraft[] };

/** A stage by its parts, with upstreams by name. */
function draftOf({ id, name, groupIds, policy, gates, upstreamStageIds }: Stage, all: readonly Stage[]): StageDraft {
  return {
    id,
    name,
    groupIds,
    policy,
    gates,
    after: upstreamStageIds.map((upstream) => all.find((stage) => stage.id === upstream)?.name ?? ''),
  };
}

/** The pipeline as it is. */
export function draftOfPipeline({ name, stages }: Pipeline): PipelineDraft {
  return { name, stages: stages.map((stage) => draftOf(stage, stages)) };
}

/** Stages as a request lists them: those that have the name of a present one are that one. */
export function draftOfInputs(inputs: readonly StageInput[], present: readonly Pick<Stage, 'id' | 'name'>[]): readonly StageDraft[] {
  const upstreams = upstreamsOf(inputs);
  return inputs.map(({ name, groupIds, policy, gates = NO_GATES }, index) => {
    const id = present.find((stage) => stage.name === name)?.id ?? null;
    return { id, name, groupIds, policy, gates, after: [...(upstreams[index] ?? [])] };
  });
}

/** Without a stage: those that came after it come after what it came after. */
export function draftWithout(draft: PipelineDraft, stageId: string): PipelineDraft {
  const removed = draft.stages.find(({ id }) => id === stageId);
  if (removed === undefined) return draft;
  const spliced = (after: readonly string[]) => [...new Set(after.flatMap((name) => (name === removed.name ? removed.after : [name])))];
  return {
    ...draft,
    stages: draft.stages.filter((stage) => stage !== removed).map((stage) => ({ ...stage, after: spliced(stage.after) })),
  };
}

/** With one stage under another name: whoever comes after it does so still. */
export function draftWithName(draft: PipelineDraft, stageId: string, name: string): PipelineDraft {
  const old = draft.stages.find(({ id }) => id === stageId)?.name;
  const renamed = (each: string): string => (each === old ? name : each);
  return {
    ...draft,
    stages: draft.stages.map((stage) => ({
      ...stage,
      name: stage.id === stageId ? name : stage.name,
      after: stage.after.map(renamed),
    })),
  };
}

/** The part of a stage as it is compared: sets in one order. */
function comparable(stage: StageDraft, part: (typeof stageParts)[number]): unknown {
  return part === 'groupIds' || part === 'after' ? [...stage[part]].sort() : stage[part];
}

/** What is told of a stage that begins or ceases to be. */
function told({ id: _, name: __, ...parts }: StageDraft): Record<string, unknown> {
  return parts;
}

function stageChange(before: StageDraft, after: StageDraft, oldNames: ReadonlyMap<string, string>): PipelineChange[] {
  const sameNames = { ...before, after: before.after.map((name) => oldNames.get(name) ?? name) };
  const parts = stageParts.filter((part) => !isDeepStrictEqual(comparable(sameNames, part), comparable(after, part)));
  if (parts.length === 0) return [];
  const only = (stage: StageDraft) => Object.fromEntries(parts.map((part) => [part, stage[part]]));
  return [{ kind: 'stage_changed', stageName: before.name, before: only(before), after: only(after) }];
}

/**
 * What differs between a pipeline and what it shall be: first what is removed, then what is added, then what changes, in the order of the
 * stages. Another order of groups or upstreams is no change, and coming after a stage that got another name is none.
 */
export function changesOf(before: PipelineDraft, after: PipelineDraft): PipelineChange[] {
  const kept = after.stages.flatMap((stage) => before.stages.find(({ id }) => id === stage.id) ?? []);
  const newNames = new Map(kept.map((old) => [old.name, after.stages.find(({ id }) => id === old.id)?.name ?? old.name]));
  const orderBefore = before.stages.filter((stage) => kept.includes(stage)).map(({ name }) => name);
  const orderAfter = kept.map(({ name }) => name);
  return [
    ...(before.name === after.name ? [] : [pipelineChange('pipeline_renamed', { name: before.name }, { name: after.name })]),
    ...before.stages
      .filter((stage) => !kept.includes(stage))
      .map((stage): PipelineChange => ({ kind: 'stage_removed', stageName: stage.name, before: told(stage), after: {} })),
    ...after.stages
      .filter(({ id }) => id === null)
      .map((stage): PipelineChange => ({ kind: 'stage_added', stageName: stage.name, before: {}, after: told(stage) })),
    ...after.stages.flatMap((stage) => {
      const old = kept.find(({ id }) => id === stage.id);
      return old === undefined ? [] : stageChange(old, stage, newNames);
    }),
    ...(isDeepStrictEqual(orderBefore, orderAfter)
      ? []
      : [pipelineChange('stages_reordered', { stages: orderBefore }, { stages: orderAfter })]),
  ];
}

function pipelineChange(
  kind: 'pipeline_renamed' | 'stages_reordered',
  before: PipelineChange['before'],
  after: PipelineChange['after'],
): PipelineChange {
  return { kind, stageName: null, before, after };
}
