import type { DeviceIntegrations, FleetIntegrationQuery, IntegrationQuery, SnapshotIntegrationQuery } from '@sluice/contracts';
import {
  findDeviceReference,
  findRunningSide,
  findStageReference,
  getApplication,
  getGroup,
  getSnapshotSide,
  listRunningCombinations,
  listRunningReleases,
  type RunningCombination,
  type RunningQuery,
  type RunningReleaseRow,
  type Store,
} from '@sluice/store';
import type { FlowAnalyst, JsonBytes } from '../../flow-analysis/flow-analyst.ts';
import type { Combination, Fleet, RunningRelease } from '../../flow-analysis/tasks.ts';
import { notFound } from '../../problems/api-error.ts';
import { type OpenedVariable, resolveValues, type TargetVariables } from './target-values.ts';

export type IntegrationsDependencies = { store: Store; analyst: FlowAnalyst; variables: TargetVariables };

/** @throws StoreError NOT_FOUND; ApiError NOT_FOUND, CURSOR_INVALID, UNAVAILABLE */
export type Integrations = {
  /** `SnapshotIntegrations` */
  ofSnapshot(organizationId: string, snapshotId: string, query: SnapshotIntegrationQuery): Promise<JsonBytes>;
  /** `DeviceIntegrations` */
  ofDevice(organizationId: string, deviceId: string, query: IntegrationQuery): Promise<JsonBytes>;
  /** `FleetIntegrations` */
  ofFleet(organizationId: string, query: FleetIntegrationQuery): Promise<JsonBytes>;
  /** `Page<TalkingDevice>` */
  talkers(organizationId: string, query: FleetIntegrationQuery): Promise<JsonBytes>;
};

/** Devices by their place in the list of all, and what those of one release share. */
type Gathered = { row: RunningReleaseRow; names: ReadonlySet<string>; places: (deviceId: string) => number };

function combinationsOf(
  { row, names, places }: Gathered,
  found: readonly RunningCombination[],
  opened: ReadonlyMap<string, OpenedVariable>,
) {
  const byValues = new Map<string, Combination>();
  for (const { variableIds, deviceIds } of found) {
    const all = resolveValues(
      row.declarations,
      variableIds.flatMap((id) => opened.get(id) ?? []),
    );
    // Devices whose values differ only in what this map does not depend on are alike.
    const relevant = Object.entries(all)
      .filter(([name]) => names.has(name))
      .sort();
    const key = JSON.stringify(relevant);
    const combination = byValues.get(key) ?? { values: Object.fromEntries(relevant), devices: [] };
    combination.devices.push(...deviceIds.map(places));
    byValues.set(key, combination);
  }
  return [...byValues.values()];
}

function runningReleaseOf(gathered: Gathered, found: readonly RunningCombination[], opened: ReadonlyMap<string, OpenedVariable>) {
  const { row, places } = gathered;
  const release: RunningRelease = {
    application: { id: row.applicationId, name: row.applicationName },
    release: { id: row.releaseId, name: row.releaseName },
    snapshotId: row.snapshotId,
    devices: found.flatMap(({ deviceIds }) => deviceIds.map(places)).sort((left, right) => left - right),
    combinations: gathered.names.size === 0 ? [] : combinationsOf(gathered, found, opened),
  };
  return release;
}

/** Devices with what runs on them: grouped by release and by the values that its map depends on. */
async function loadFleet(
  { store, analyst, variables }: IntegrationsDependencies,
  organizationId: string,
  query: RunningQuery,
): Promise<Fleet> {
  const rows = await listRunningReleases(store, organizationId, query);
  if (rows.length === 0) return { devices: [], releases: [] };
  const snapshotIds = [...new Set(rows.map(({ snapshotId }) => snapshotId))].sort();
  const answer = await analyst.ask(organizationId, { kind: 'variables', snapshotIds });
  // The analyst's own answer: names of variables by snapshot.
  const needed = JSON.parse(Buffer.from(answer).toString('utf8')) as Record<string, string[]>;
  const names = [...new Set(Object.values(needed).flat())];
  const combinations = await listRunningCombinations(store, organizationId, { ...query, names });
  const opened = await variables.open(organizationId, [...new Set(combinations.flatMap(({ variableIds }) => variableIds))]);
  const devices = combinations
    .flatMap(({ deviceIds, deviceNames }) => deviceIds.map((id, index) => ({ id, name: deviceNames[index] ?? '' })))
    .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  const indexes = new Map(devices.map(({ id }, index) => [id, index]));
  const byRelease = Map.groupBy(combinations, ({ releaseId }) => releaseId);
  const releases = rows.map((row) => {
    const gathered = { row, names: new Set(needed[row.snapshotId]), places: (id: string) => indexes.get(id) ?? -1 };
    return runningReleaseOf(gathered, byRelease.get(row.releaseId) ?? [], opened);
  });
  return { devices, releases };
}

/** Makes the module of integration maps. */
export function createIntegrations(dependencies: IntegrationsDependencies): Integrations {
  const { store, analyst, variables } = dependencies;

  const requireScopes = async (organizationId: string, { groupId, stageId, applicationId }: FleetIntegrationQuery): Promise<void> => {
    if (groupId !== undefined) await getGroup(store, organizationId, groupId);
    if (applicationId !== undefined) await getApplication(store, organizationId, applicationId);
    if (stageId !== undefined && (await findStageReference(store, organizationId, stageId)) === undefined) throw notFound('stage');
  };
  const askFleet = async (kind: 'fleet' | 'talkers', organizationId: string, query: FleetIntegrationQuery): Promise<JsonBytes> => {
    await requireScopes(organizationId, query);
    return analyst.ask(organizationId, { kind, fleet: await loadFleet(dependencies, organizationId, query), query });
  };

  return {
    ofSnapshot: async (organizationId, snapshotId, { stageId, ...query }) => {
      const { declarations } = await getSnapshotSide(store, organizationId, snapshotId);
      if (stageId !== undefined && (await findStageReference(store, organizationId, stageId)) === undefined) throw notFound('stage');
      const values = stageId === undefined ? {} : (await variables.ofStage(organizationId, stageId, declarations)).values;
      return analyst.ask(organizationId, { kind: 'map', snapshotId, values, query, head: {} });
    },
    ofDevice: async (organizationId, deviceId, query) => {
      const device = await findDeviceReference(store, organizationId, { deviceId, applicationId: null });
      if (device === undefined) throw notFound('device');
      const running = await findRunningSide(store, organizationId, deviceId);
      if (running === undefined || running.release === null) {
        const nothing: DeviceIntegrations = { items: [], nextCursor: null, unresolvedVariables: [], truncated: false, release: null };
        return Buffer.from(JSON.stringify(nothing));
      }
      const { applicationId, applicationName, snapshotId, release, declarations } = running;
      const { values } = await variables.ofDevice(organizationId, { deviceId, applicationId }, declarations);
      const head = { release: { ...release, application: { id: applicationId, name: applicationName }, snapshotId } };
      return analyst.ask(organizationId, { kind: 'map', snapshotId, values, query, head });
    },
    ofFleet: (organizationId, query) => askFleet('fleet', organizationId, query),
    talkers: (organizationId, query) => askFleet('talkers', organizationId, query),
  };
}
