import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { resolvePipeline } from '../../resolve/pipelines.ts';

export const pipelineDelete = defineVerb({
  summary: 'Delete a pipeline with its stages; devices keep what they run',
  more: 'Promotions that wait for one of its stages are canceled. While a rollout is under way in one, it is refused (exit code 6).',
  parameters: {
    pipeline: argument('pipeline', 'line/main, or main where only one application has it, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    yes: flag('-y, --yes', 'Do not ask'),
  },
  run: async ({ connect, confirm, note }, { pipeline: reference, app, yes }) => {
    const session = await connect();
    const { pipeline, applicationName } = await resolvePipeline(session, reference, app);
    const name = `${applicationName}/${pipeline.name}`;
    const stages = pipeline.stages.map((stage) => stage.name).join(', ');
    await confirm(`Delete the pipeline ${name} with its stages ${stages}?`, yes);
    await session.remove(`/pipelines/${pipeline.id}`, pipeline.version);
    note(`The pipeline ${name} is deleted.`);
    return undefined;
  },
});
