import type { SnapshotDiffReport } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { organizationPath } from './queries.ts';

/** What two snapshots differ in; without `before`, since the one that `after` was made from. `stage`: with whose variables. */
export const snapshotDiffQuery = (o: string, { before, after, stage }: { before?: string; after: string; stage?: string }) =>
  queryOptions({
    queryKey: [...keys.comparisons(o), 'snapshots', before ?? '', after, stage ?? ''],
    queryFn: ({ signal }) =>
      read<SnapshotDiffReport>(withQuery(`${organizationPath(o)}/snapshots/${after}/diff`, { from: before, stageId: stage }), signal),
  });

/** What would change on a device with a release. */
export const deviceDiffQuery = (o: string, device: string, release: string) =>
  queryOptions({
    queryKey: [...keys.comparisons(o), 'device', device, release],
    queryFn: ({ signal }) =>
      read<SnapshotDiffReport>(withQuery(`${organizationPath(o)}/devices/${device}/diff`, { releaseId: release }), signal),
  });
