import type { Pipeline, Promotion, Rollout, Stage, StageGates } from '@sluice/contracts';
import { type PlacedStage, stageReference } from '../../resolve/stages.ts';
import { toneOfState } from '../paint.ts';
import type { View } from '../printer.ts';
import { formatSpan } from '../span.ts';
import { formatMoment } from '../time.ts';

type Names = ReadonlyMap<string, string>;

const waveSize = ({ size }: Stage['policy']['waves'][number]): string => {
  if (size.kind === 'count') return String(size.count);
  if (size.kind === 'labels') {
    return Object.entries(size.matchLabels)
      .map(([label, value]) => `${label}=${value}`)
      .join(' ');
  }
  return size.kind === 'percent' ? `${size.percent} %` : 'rest';
};

const approvalText = ({ approval }: StageGates): string => {
  if (approval === undefined) return 'none';
  const people = `${approval.required} ${approval.role}${approval.required === 1 ? '' : 's'}`;
  return approval.creatorExcluded ? `${people}, not the creator` : people;
};

const windowText = ({ window }: StageGates): string =>
  window === undefined ? 'any time' : `${window.recurrence} ${window.startTime}, ${window.durationMinutes} min, ${window.timeZone}`;

/** All gates of a stage in one line. */
export function gatesText(gates: StageGates): string {
  const parts = [
    ...(gates.soakMs === 0 ? [] : [`soak ${formatSpan(gates.soakMs)}`]),
    ...(gates.approval === undefined ? [] : [`approval by ${approvalText(gates)}`]),
    ...(gates.window === undefined ? [] : [`window ${windowText(gates)}`]),
    ...(gates.automatic ? ['automatic'] : []),
  ];
  return parts.join('; ') || 'none';
}

/** The names of stages in one cell. */
export const afterText = (names: readonly string[]): string => names.join(', ') || '–';

const groupsText = ({ groupIds }: Stage, groupNames: Names): string => groupIds.map((id) => groupNames.get(id) ?? id).join(', ');

/** How stages are shown; `all`: the stages that a name has to tell them apart from. */
export function stageView(all: readonly PlacedStage[], groupNames: Names): View<PlacedStage> {
  return {
    noun: 'stages',
    name: (placed) => stageReference(placed, all),
    columns: [
      { title: 'Application', value: ({ applicationName }) => applicationName },
      { title: 'Pipeline', value: ({ pipelineName }) => pipelineName },
      { title: 'Stage', value: ({ stage }) => stage.name },
      { title: 'After', value: ({ upstreams }) => afterText(upstreams) },
      { title: 'Groups', value: ({ stage }) => groupsText(stage, groupNames) },
      { title: 'Gates', value: ({ stage }) => gatesText(stage.gates) },
      { title: 'Waves', value: ({ stage }) => stage.policy.waves.map(waveSize).join(', ') },
      { title: 'On breach', value: ({ stage }) => stage.policy.onBreach.replaceAll('_', ' '), wide: true },
      { title: 'Policy', value: ({ stage }) => `version ${stage.policyVersion}`, wide: true },
      { title: 'Id', value: ({ stage }) => stage.id, wide: true },
    ],
  };
}

/** A stage with what went there: `there` ended well last, `newest` was tried last; `waiting` is on its way. */
export type StageDetail = PlacedStage & { there: Rollout | null; newest: Rollout | null; waiting: Promotion | null };

const rolloutText = (rollout: Rollout | null, zone: string | undefined): string => {
  if (rollout === null) return '–';
  const when = formatMoment(rollout.finishedAt ?? rollout.startedAt ?? rollout.createdAt, zone);
  return `${rollout.applicationName}/${rollout.release.name}, ${rollout.state.replaceAll('_', ' ')}, ${when} (${rollout.id})`;
};

/** How one stage is shown. */
export function stageDetailView(all: readonly PlacedStage[], groupNames: Names, zone: string | undefined): View<StageDetail> {
  return {
    noun: 'stages',
    name: (placed) => stageReference(placed, all),
    columns: [
      { title: 'Application', value: ({ applicationName }) => applicationName },
      { title: 'Pipeline', value: ({ pipelineName }) => pipelineName },
      { title: 'Stage', value: ({ stage }) => stage.name },
      { title: 'After', value: ({ upstreams }) => upstreams.join(', ') || 'nothing: releases may begin here' },
      { title: 'Groups', value: ({ stage }) => groupsText(stage, groupNames) },
      { title: 'Release there', value: ({ there }) => rolloutText(there, zone) },
      {
        title: 'Newest rollout',
        value: ({ newest }) => rolloutText(newest, zone),
        tone: ({ newest }) => toneOfState(newest?.state ?? ''),
      },
      {
        title: 'Waits to come',
        value: ({ waiting }) =>
          waiting === null ? '–' : `${waiting.applicationName}/${waiting.releaseName}, by ${waiting.createdBy} (${waiting.id})`,
      },
      { title: 'Soak upstream', value: ({ stage }) => (stage.gates.soakMs === 0 ? 'none' : formatSpan(stage.gates.soakMs)) },
      { title: 'Approval', value: ({ stage }) => approvalText(stage.gates) },
      { title: 'Promotion', value: ({ stage }) => (stage.gates.automatic ? 'automatic, once verified' : 'when somebody asks for it') },
      { title: 'Window', value: ({ stage }) => windowText(stage.gates) },
      { title: 'Policy', value: ({ stage }) => `version ${stage.policyVersion}` },
      { title: 'Waves', value: ({ stage }) => stage.policy.waves.map(waveSize).join(', ') },
      { title: 'On breach', value: ({ stage }) => stage.policy.onBreach.replaceAll('_', ' ') },
      { title: 'Version', value: ({ stage }) => String(stage.version) },
      { title: 'Id', value: ({ stage }) => stage.id },
    ],
  };
}

/** The stages by how many others come before them at the longest: `dev → staging → eu, us`. */
export function graphText({ stages }: Pipeline): string {
  const depths = new Map<string, number>();
  const depthOf = (stage: Stage): number => {
    const known = depths.get(stage.id);
    if (known !== undefined) return known;
    const before = stages.filter(({ id }) => stage.upstreamStageIds.includes(id));
    const depth = Math.max(-1, ...before.map(depthOf)) + 1;
    depths.set(stage.id, depth);
    return depth;
  };
  const levels: string[][] = [];
  for (const stage of stages) {
    const depth = depthOf(stage);
    levels[depth] = [...(levels[depth] ?? []), stage.name];
  }
  return levels.map((names) => names.join(', ')).join(' → ');
}

/** A pipeline with the name of its application. */
export type PlacedPipeline = { pipeline: Pipeline; applicationName: string };

/** How pipelines are shown. */
export function pipelineView(zone: string | undefined): View<PlacedPipeline> {
  return {
    noun: 'pipelines',
    name: ({ pipeline, applicationName }) => `${applicationName}/${pipeline.name}`,
    columns: [
      { title: 'Application', value: ({ applicationName }) => applicationName },
      { title: 'Pipeline', value: ({ pipeline }) => pipeline.name },
      { title: 'Stages', value: ({ pipeline }) => graphText(pipeline) },
      { title: 'Created', value: ({ pipeline }) => formatMoment(pipeline.createdAt, zone), wide: true },
      { title: 'Version', value: ({ pipeline }) => String(pipeline.version), wide: true },
      { title: 'Id', value: ({ pipeline }) => pipeline.id, wide: true },
    ],
  };
}
