import { defineVerb } from '../../frame/define.ts';
import { flag } from '../../frame/parameters.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { pickStage, readStageWorld, stageReference } from '../../resolve/stages.ts';
import { stageParameters } from './parameters.ts';

export const stageRemove = defineVerb({
  summary: 'Delete a stage; its devices keep what they run',
  more: `Stages that came after it come after what it came after. Promotions that wait for it are canceled. While a rollout is under way there, it
is refused (exit code 6).`,
  parameters: { ...stageParameters, yes: flag('-y, --yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { stage: reference, app, yes }) => {
    const session = await connect();
    const { all } = await readStageWorld(session, app === undefined ? undefined : await resolveApplication(session, app));
    const placed = pickStage(reference, all);
    const name = stageReference(placed, all);
    await confirm(`Delete the stage ${name}?`, yes);
    await session.remove(`/stages/${placed.stage.id}`, placed.stage.version);
    note(`The stage ${name} is deleted.`);
    return undefined;
  },
});
