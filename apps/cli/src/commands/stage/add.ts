import { type AddStageRequest, NO_GATES, type Pipeline, type RolloutPolicy, type Stage } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, repeatedText, requiredText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { groupIdsOf } from '../../pipelines/manifest.ts';
import { readGroupNames } from '../../resolve/fleet.ts';
import { resolvePipeline } from '../../resolve/pipelines.ts';
import { pickStage, placedStages } from '../../resolve/stages.ts';
import { printStageDetail } from './detail.ts';
import { gateParameters, readGates } from './gates.ts';

export const stageAdd = defineVerb({
  summary: 'Add a stage to a pipeline',
  more: `Examples:
  sluice stage add prod-us --pipeline line/main --after staging --group "US presses" --policy canary.yaml --soak 24h
  sluice stage add staging --pipeline line/main --before prod --policy all.yaml        between what prod came after and prod

Without --after it comes after the stage in front of it; without --before it is the last one.`,
  parameters: {
    stage: argument('name', 'What people call it'),
    pipeline: requiredText('--pipeline <pipeline>', 'line/main, or main with --app, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    policy: requiredText('--policy <file>', 'Its rollout policy: JSON or YAML'),
    after: repeatedText('--after <stage>', 'It comes after this stage; may be given several times'),
    first: flag('--first', 'It comes after nothing: releases may begin here'),
    before: repeatedText('--before <stage>', 'This stage comes after it; may be given several times'),
    group: repeatedText('--group <group>', 'Its group; may be given several times'),
    ...gateParameters,
  },
  run: async (invocation, { stage: name, pipeline: reference, app, policy, after, first, before, group, ...gateValues }) => {
    if (first && after.length > 0) throw usageError('--first and --after exclude each other.');
    const gates = await readGates(invocation.ports, NO_GATES, gateValues);
    const document = await readDocument(invocation.ports, policy);
    const session = await invocation.connect();
    const { pipeline, applicationName } = await resolvePipeline(session, reference, app);
    const groupNames = await readGroupNames(session);
    const request: AddStageRequest = {
      name,
      groupIds: groupIdsOf(group, groupNames),
      // The control plane checks what the file says.
      policy: document as RolloutPolicy,
      ...(first || after.length > 0 ? { after } : {}),
      ...(before.length === 0 ? {} : { before }),
      ...(gates === undefined ? {} : { gates }),
    };
    const added = await session.post<Stage>(`/pipelines/${pipeline.id}/stages`, request);
    const all = placedStages([await session.get<Pipeline>(`/pipelines/${pipeline.id}`)], applicationName);
    await printStageDetail(invocation, session, pickStage(added.id, all), { all, groupNames });
    return undefined;
  },
});
