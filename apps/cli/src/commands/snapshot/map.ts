import type { Endpoint } from '@sluice/contracts';
import { isPath, localSide } from '../../diffs/sides.ts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { listParameters, printList, readList } from '../../frame/lists.ts';
import { argument, text } from '../../frame/parameters.ts';
import { endpointView } from '../../output/views/integrations.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';
import { resolveStage } from '../../resolve/stages.ts';
import { endpointParameters } from '../integration/filters.ts';

export const snapshotMap = defineVerb({
  summary: 'What the flows of a snapshot, or of files, talk to',
  more: `Examples:
  sluice snapshot map line/latest --stage prod
  sluice snapshot map ./flows.json`,
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, an id, or a path'),
    app: text('--app <app>', 'The application: its name or id'),
    stage: text('--stage <stage>', 'Resolve variables with the values of this stage'),
    ...endpointParameters,
    ...listParameters,
  },
  run: async (invocation, { snapshot: reference, app, stage, address, kind, direction, security, idle, ...values }) => {
    const filters = { address, kind, direction, security };
    if (isPath(reference)) {
      if (stage !== undefined || Object.values(filters).some((filter) => filter !== undefined)) {
        throw usageError('Files are read without the control plane: --stage and filters are for snapshots.');
      }
      const { endpointsOf, integrationsOf } = await import('@sluice/snapshot');
      const { parts } = await localSide(invocation.ports, reference);
      printList<Endpoint>(invocation, endpointsOf(integrationsOf(parts.flows), { idle }), endpointView);
      return undefined;
    }
    const session = await invocation.connect();
    const snapshot = await resolveSnapshot(session, reference, app);
    const application = stage === undefined ? undefined : await resolveApplication(session, snapshot.applicationId);
    const stageId = stage === undefined || application === undefined ? undefined : (await resolveStage(session, stage, application)).id;
    const query = { ...filters, stageId, ...(idle ? { idle: 'true' } : {}) };
    const items = await readList<Endpoint>(invocation, session, {
      path: `/snapshots/${snapshot.id}/integrations`,
      query,
      values,
      sorted: 'by name',
    });
    printList(invocation, items, endpointView);
    return undefined;
  },
});
