import { stringify } from 'yaml';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, text } from '../../frame/parameters.ts';
import { manifestOf } from '../../pipelines/manifest.ts';
import { readGroupNames } from '../../resolve/fleet.ts';
import { resolvePipeline } from '../../resolve/pipelines.ts';
import { printPipeline } from './detail.ts';

export const pipelineGet = defineVerb({
  summary: 'One pipeline with its stages',
  more: 'With --manifest it is printed as the file that sluice pipeline apply takes.',
  parameters: {
    pipeline: argument('pipeline', 'line/main, or main where only one application has it, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    manifest: flag('--manifest', 'As a file for sluice pipeline apply: YAML, or JSON with -o json'),
  },
  run: async (invocation, { pipeline: reference, app, manifest: asFile }) => {
    const { print, ports } = invocation;
    const session = await invocation.connect();
    const placed = await resolvePipeline(session, reference, app);
    const groupNames = await readGroupNames(session);
    const file = manifestOf(placed.pipeline, placed.applicationName, groupNames);
    if (!asFile) printPipeline(invocation, placed, groupNames);
    else if (print.format === 'json') print.data(file);
    else ports.stdout.write(stringify(file, { aliasDuplicateObjects: false }));
    return undefined;
  },
});
