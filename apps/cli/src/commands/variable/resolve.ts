import type { ResolvedVariables } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { integer, text } from '../../frame/parameters.ts';
import { resolvedVariableView } from '../../output/views/variables.ts';
import { resolveDeviceId } from '../../resolve/fleet.ts';
import { applicationOfStage } from '../../resolve/policies.ts';
import { resolveStage } from '../../resolve/stages.ts';

export const variableResolve = defineVerb({
  summary: 'What a device, or the devices of a stage, get, and from which layer',
  more: `Examples:
  sluice variable resolve --stage line/prod
  sluice variable resolve --device press-7 --revision 41`,
  parameters: {
    stage: text('--stage <stage>', 'line/prod, or prod with --app'),
    app: text('--app <app>', 'The application of the stage'),
    device: text('--device <device>', 'A device, by its name or id'),
    revision: integer('--revision <number>', 'As of an earlier revision of the variables (default: now)'),
  },
  run: async ({ connect, print, note }, { stage, app, device, revision }) => {
    if ((stage === undefined) === (device === undefined)) throw usageError('Say whose: --stage or --device.');
    const session = await connect();
    const path = async (): Promise<string> => {
      if (device !== undefined) return `/devices/${await resolveDeviceId(session, device)}/variables`;
      const application = await applicationOfStage(session, stage ?? '', app);
      return `/stages/${(await resolveStage(session, stage ?? '', application)).id}/variables`;
    };
    const resolved = await session.get<ResolvedVariables>(await path(), { revision });
    if (print.format === 'json' || print.format === 'yaml') {
      print.data(resolved);
      return undefined;
    }
    print.list(resolved.variables, resolvedVariableView);
    for (const { sentence } of resolved.warnings) note(`Warning: ${sentence}`);
    if (resolved.deviceRevision !== null && revision === undefined && resolved.deviceRevision < resolved.revision) {
      note(`The device runs with revision ${resolved.deviceRevision}; this is revision ${resolved.revision}. A promotion delivers it.`);
    }
    return undefined;
  },
});
