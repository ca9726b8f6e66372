import type { CreatePipelineRequest, Pipeline, RolloutPolicy, StageInput } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, repeatedText, requiredText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { groupIdsOf } from '../../pipelines/manifest.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { readGroupNames } from '../../resolve/fleet.ts';
import { printPipeline } from './detail.ts';

/** All devices of a stage at once; the first failure pauses the rollout. */
const allAtOnce: RolloutPolicy = {
  waves: [{ size: { kind: 'rest' }, threshold: { successPercent: 100, errorPercent: 0, minimumSample: 1 }, soakMs: 0 }],
  order: 'name',
  deploymentDeadlineMs: 86_400_000,
  onBreach: 'pause',
};

/** Reads `prod=EU presses,US presses`, or just `prod`. */
function readStage(given: string, policy: RolloutPolicy, groupNames: ReadonlyMap<string, string>): StageInput {
  const [, name, groups] = /^([^=]+)(?:=(.*))?$/.exec(given) ?? [];
  if (name === undefined) throw usageError(`--stage takes a name, or a name with groups such as prod=presses, not "${given}".`);
  const listed = (groups ?? '').split(',').filter((group) => group !== '');
  return { name, groupIds: groupIdsOf(listed, groupNames), policy };
}

export const pipelineCreate = defineVerb({
  summary: 'Make a pipeline of stages that come one after the other',
  more: `Example:
  sluice pipeline create main --app line --stage "dev=dev presses" --stage "prod=EU presses,US presses" --policy canary.yaml

Stages that fan out, and gates: sluice stage set and add, or all at once with sluice pipeline apply.`,
  parameters: {
    name: argument('name', 'What people call it'),
    app: requiredText('--app <app>', 'The application: its name or id'),
    stages: repeatedText('--stage <name[=group,…]>', 'A stage with its groups; in their order'),
    policy: text('--policy <file>', 'The rollout policy of all: JSON or YAML (default: all devices at once, a failure pauses)'),
  },
  run: async (invocation, { name, app, stages, policy: file }) => {
    if (stages.length === 0) throw usageError('Name at least one stage: --stage dev.');
    // The control plane checks what the file says.
    const policy = file === undefined ? allAtOnce : ((await readDocument(invocation.ports, file)) as RolloutPolicy);
    const session = await invocation.connect();
    const application = await resolveApplication(session, app);
    const groupNames = await readGroupNames(session);
    const request: CreatePipelineRequest = { name, stages: stages.map((stage) => readStage(stage, policy, groupNames)) };
    const pipeline = await session.post<Pipeline>(`/applications/${application.id}/pipelines`, request);
    printPipeline(invocation, { pipeline, applicationName: application.name }, groupNames);
    return undefined;
  },
});
