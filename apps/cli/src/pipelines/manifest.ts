import { type CreatePipelineRequest, NO_GATES, type Pipeline, type StageInput } from '@sluice/contracts';
import { CliError, type CliErrorDetails } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { nearNames } from '../resolve/match.ts';

/** A pipeline as a file says it: groups and stages by name. Policies and gates are those of the API, which checks them. */
export type PipelineManifest = { app?: string; name: string; stages: StageManifest[] };
export type StageManifest = Omit<StageInput, 'groupIds'> & { groups: string[] };

type Fields = NonNullable<CliErrorDetails['fields']>;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');

function unknownMembers(value: Record<string, unknown>, known: readonly string[], pointer: string): Fields {
  return Object.keys(value)
    .filter((member) => !known.includes(member))
    .map((member) => ({ pointer: `${pointer}/${member}`, detail: `There is no such member; it has ${known.join(', ')}.` }));
}

function stageFields(stage: unknown, pointer: string): Fields {
  if (!isObject(stage)) return [{ pointer, detail: 'A stage is an object with name, groups, policy and, if need be, after and gates.' }];
  const { name, groups, policy, after, gates } = stage;
  return [
    ...unknownMembers(stage, ['name', 'after', 'groups', 'policy', 'gates'], pointer),
    ...(typeof name === 'string' ? [] : [{ pointer: `${pointer}/name`, detail: 'It must be a text.' }]),
    ...(isTexts(groups) ? [] : [{ pointer: `${pointer}/groups`, detail: 'It must be a list of the names of groups; [] for none.' }]),
    ...(isObject(policy) ? [] : [{ pointer: `${pointer}/policy`, detail: 'It must be a rollout policy.' }]),
    ...(after === undefined || isTexts(after)
      ? []
      : [{ pointer: `${pointer}/after`, detail: 'It must be a list of the names of stages.' }]),
    ...(gates === undefined || isObject(gates) ? [] : [{ pointer: `${pointer}/gates`, detail: 'It must be an object.' }]),
  ];
}

/**
 * What a file says, with its shape checked down to policies and gates.
 * @throws CliError FILE_MALFORMED with a pointer to each bad place
 */
export function readManifest(path: string, document: unknown): PipelineManifest {
  const fields: Fields = isObject(document)
    ? [
        ...unknownMembers(document, ['app', 'name', 'stages'], ''),
        ...(typeof document['name'] === 'string' ? [] : [{ pointer: '/name', detail: 'It must be a text.' }]),
        ...(['undefined', 'string'].includes(typeof document['app']) ? [] : [{ pointer: '/app', detail: 'It must be a text.' }]),
        ...(Array.isArray(document['stages'])
          ? document['stages'].flatMap((stage, index) => stageFields(stage, `/stages/${index}`))
          : [{ pointer: '/stages', detail: 'It must be a list of stages.' }]),
      ]
    : [{ pointer: '', detail: 'It must be an object with name and stages.' }];
  if (fields.length > 0) {
    throw new CliError('FILE_MALFORMED', `${path} does not describe a pipeline.`, {
      exitCode: exitCodes.usage,
      fields,
      hint: 'See what one looks like with: sluice pipeline get <pipeline> --manifest',
    });
  }
  return document as PipelineManifest;
}

/** The file that says what a pipeline is now. Every stage says what it comes after, so that its place in the file does not matter. */
export function manifestOf(pipeline: Pipeline, app: string, groupNames: ReadonlyMap<string, string>): PipelineManifest {
  const nameOf = (id: string): string => pipeline.stages.find((stage) => stage.id === id)?.name ?? id;
  return {
    app,
    name: pipeline.name,
    stages: pipeline.stages.map(({ name, upstreamStageIds, groupIds, gates, policy }) => ({
      name,
      after: upstreamStageIds.map(nameOf),
      groups: groupIds.map((id) => groupNames.get(id) ?? id),
      gates,
      policy,
    })),
  };
}

/**
 * The ids of groups by name or id.
 * @throws CliError NOT_FOUND with what could have been meant
 */
export function groupIdsOf(groups: readonly string[], groupNames: ReadonlyMap<string, string>): string[] {
  const ids = new Map([...groupNames].map(([id, name]) => [name, id]));
  return groups.map((group) => {
    const id = groupNames.has(group) ? group : ids.get(group);
    if (id !== undefined) return id;
    throw new CliError('NOT_FOUND', `There is no device group "${group}".`, {
      exitCode: exitCodes.notFound,
      candidates: nearNames(group, [...ids.keys()]),
    });
  });
}

/**
 * The request that the file means.
 * @throws CliError NOT_FOUND for a group
 */
export function requestOf({ name, stages }: PipelineManifest, groupNames: ReadonlyMap<string, string>): CreatePipelineRequest {
  return {
    name,
    stages: stages.map(({ groups, gates = NO_GATES, ...stage }) => ({ ...stage, gates, groupIds: groupIdsOf(groups, groupNames) })),
  };
}
