import type { RolloutPolicy, Stage, UpdateStageRequest } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { flag, repeatedText, text } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import { groupIdsOf } from '../../pipelines/manifest.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { pickStage, readStageWorld } from '../../resolve/stages.ts';
import { printStageDetail } from './detail.ts';
import { gateParameters, readGates } from './gates.ts';
import { stageParameters } from './parameters.ts';

export const stageSet = defineVerb({
  summary: 'Change a stage; what is not named stays',
  more: `Examples:
  sluice stage set line/prod --soak 24h --approvals 2 --approval-role owner --creator-excluded
  sluice stage set line/prod-us --after staging --after prod-eu
  sluice stage set line/dev --first --automatic

Other gates, another policy or other stages before it void what people approved for promotions that wait for the stage.`,
  parameters: {
    ...stageParameters,
    name: text('--name <name>', 'What to call it from now on'),
    after: repeatedText('--after <stage>', 'It comes after this stage; may be given several times, and replaces what was'),
    first: flag('--first', 'It comes after nothing: releases may begin here'),
    group: repeatedText('--group <group>', 'Its group; may be given several times, and replaces those it has'),
    policy: text('--policy <file>', 'Another rollout policy: JSON or YAML'),
    ...gateParameters,
  },
  run: async (invocation, { stage: reference, app, name, after, first, group, policy, ...gateValues }) => {
    if (first && after.length > 0) throw usageError('--first and --after exclude each other.');
    const session = await invocation.connect();
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const world = await readStageWorld(session, application);
    const { stage, ...place } = pickStage(reference, world.all);
    const gates = await readGates(invocation.ports, stage.gates, gateValues);
    const changes: UpdateStageRequest = {
      ...(name === undefined ? {} : { name }),
      ...(first || after.length > 0 ? { after } : {}),
      ...(group.length === 0 ? {} : { groupIds: groupIdsOf(group, world.groupNames) }),
      // The control plane checks what the file says.
      ...(policy === undefined ? {} : { policy: (await readDocument(invocation.ports, policy)) as RolloutPolicy }),
      ...(gates === undefined ? {} : { gates }),
    };
    if (Object.keys(changes).length === 0) throw usageError('Say what to change: --name, --after, --group, --policy or a gate.');
    const changed = await session.patch<Stage>(`/stages/${stage.id}`, changes, stage.version);
    const upstreams = changed.upstreamStageIds.map((id) => world.all.find((each) => each.stage.id === id)?.stage.name ?? id);
    await printStageDetail(invocation, session, { ...place, stage: changed, upstreams }, world);
    return undefined;
  },
});
