import { defineVerb } from '../../frame/define.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { pickStage, readStageWorld } from '../../resolve/stages.ts';
import { printStageDetail } from './detail.ts';
import { stageParameters } from './parameters.ts';

export const stageGet = defineVerb({
  summary: 'One stage: what it comes after, its gates, its policy, and which release is there',
  parameters: stageParameters,
  run: async (invocation, { stage: reference, app }) => {
    const session = await invocation.connect();
    const world = await readStageWorld(session, app === undefined ? undefined : await resolveApplication(session, app));
    await printStageDetail(invocation, session, pickStage(reference, world.all), world);
    return undefined;
  },
});
