import type { DeviceDiffQuery, ReleaseDiffQuery, SnapshotDiffQuery, SnapshotDiffReport, VariableTarget } from '@sluice/contracts';
import {
  type ComparedSide,
  findDeviceReference,
  findReleaseBefore,
  findRunningSide,
  findSnapshotBefore,
  findStageReference,
  getReleaseSide,
  getSnapshotSide,
  type Store,
} from '@sluice/store';
import type { FlowAnalyst, JsonBytes } from '../../flow-analysis/flow-analyst.ts';
import { ApiError, notFound } from '../../problems/api-error.ts';
import type { TargetValues, TargetVariables } from '../integrations/target-values.ts';

export type DifferencesDependencies = { store: Store; analyst: FlowAnalyst; variables: TargetVariables };

/** Each answers with a `SnapshotDiffReport`. @throws StoreError NOT_FOUND; ApiError NOT_FOUND, UNAVAILABLE */
export type Differences = {
  ofSnapshot(organizationId: string, snapshotId: string, query: SnapshotDiffQuery): Promise<JsonBytes>;
  ofRelease(organizationId: string, releaseId: string, query: ReleaseDiffQuery): Promise<JsonBytes>;
  ofDevice(organizationId: string, deviceId: string, query: DeviceDiffQuery): Promise<JsonBytes>;
};

type Comparison = { from: ComparedSide | undefined; to: ComparedSide; target: VariableTarget | null; resolved: TargetValues };

const unresolved: TargetValues = { values: {}, missing: [] };

function sideOf({ declarations: _declarations, ...side }: ComparedSide): SnapshotDiffReport['to'] {
  return side;
}

/** Makes the module of comparisons. */
export function createDifferences({ store, analyst, variables }: DifferencesDependencies): Differences {
  const compare = (organizationId: string, { from, to, target, resolved }: Comparison): Promise<JsonBytes> => {
    const head: Omit<SnapshotDiffReport, 'diff'> = {
      from: from === undefined ? null : sideOf(from),
      to: sideOf(to),
      target,
      missingVariables: resolved.missing,
    };
    const sides = { from: from?.snapshotId ?? null, to: to.snapshotId };
    return analyst.ask(organizationId, { kind: 'diff', ...sides, values: resolved.values, head });
  };
  const onStage = async (organizationId: string, stageId: string | undefined, to: ComparedSide) => {
    if (stageId === undefined) return { target: null, resolved: unresolved };
    const stage = await findStageReference(store, organizationId, stageId);
    if (stage === undefined) throw notFound('stage');
    const target: VariableTarget = { kind: 'stage', id: stage.id, name: stage.name };
    return { target, resolved: await variables.ofStage(organizationId, stageId, to.declarations) };
  };

  return {
    ofSnapshot: async (organizationId, snapshotId, { from, stageId }) => {
      const to = await getSnapshotSide(store, organizationId, snapshotId);
      const earlier =
        from === undefined
          ? await findSnapshotBefore(store, organizationId, snapshotId)
          : await getSnapshotSide(store, organizationId, from);
      return compare(organizationId, { from: earlier, to, ...(await onStage(organizationId, stageId, to)) });
    },
    ofRelease: async (organizationId, releaseId, { from, stageId }) => {
      const to = await getReleaseSide(store, organizationId, releaseId);
      const earlier =
        from === undefined ? await findReleaseBefore(store, organizationId, releaseId) : await getReleaseSide(store, organizationId, from);
      return compare(organizationId, { from: earlier, to, ...(await onStage(organizationId, stageId, to)) });
    },
    ofDevice: async (organizationId, deviceId, { releaseId }) => {
      const device = await findDeviceReference(store, organizationId, { deviceId, applicationId: null });
      if (device === undefined) throw notFound('device');
      const wanted = releaseId ?? device.desiredReleaseId;
      if (wanted === null) throw new ApiError('NOT_FOUND', 'The device shall run nothing: name the release to compare with.');
      const to = await getReleaseSide(store, organizationId, wanted);
      const { applicationId } = to;
      const from = await findRunningSide(store, organizationId, deviceId);
      const resolved = await variables.ofDevice(organizationId, { deviceId, applicationId }, to.declarations);
      return compare(organizationId, { from, to, target: { kind: 'device', id: device.id, name: device.name }, resolved });
    },
  };
}
