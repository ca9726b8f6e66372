import type { Application, Page, Pipeline, Release, Snapshot, SnapshotContent, SnapshotProtection } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, organizationPath, pagedQuery } from './queries.ts';

// What does not change once it is there need not be asked for again.
const immutableMs = 600_000;

export const applicationListQuery = (o: string) =>
  pagedQuery<Application>([...keys.applications(o), 'list'], `${organizationPath(o)}/applications`, {});

export const applicationQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.applications(o), 'detail', id],
    queryFn: ({ signal }) => read<Application>(`${organizationPath(o)}/applications/${id}`, signal),
  });

/** The pipelines of an application with their stages. */
export const pipelinesQuery = (o: string, applicationId: string) =>
  queryOptions({
    queryKey: [...keys.pipelines(o), applicationId],
    queryFn: ({ signal }) =>
      read<Page<Pipeline>>(withQuery(`${organizationPath(o)}/applications/${applicationId}/pipelines`, { limit: everythingMax }), signal),
  });

export const snapshotListQuery = (o: string, applicationId: string) =>
  pagedQuery<Snapshot>(
    [...keys.snapshotList(o, applicationId), 'all'],
    `${organizationPath(o)}/applications/${applicationId}/snapshots`,
    {},
  );

/** The newest few snapshots, newest first. */
export const fewSnapshotsQuery = (o: string, applicationId: string, limit: number) =>
  queryOptions({
    queryKey: [...keys.snapshotList(o, applicationId), limit],
    queryFn: ({ signal }) =>
      read<Page<Snapshot>>(withQuery(`${organizationPath(o)}/applications/${applicationId}/snapshots`, { limit }), signal),
  });

/** A snapshot with its flows. */
export const snapshotQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.snapshot(o, id), 'content'],
    queryFn: ({ signal }) => read<SnapshotContent>(`${organizationPath(o)}/snapshots/${id}`, signal),
    staleTime: immutableMs,
  });

/** Where a snapshot is in use. Devices and rollouts change that without the snapshot, so it is asked for anew. */
export const snapshotProtectionQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.snapshot(o, id), 'protection'],
    queryFn: ({ signal }) => read<SnapshotProtection>(`${organizationPath(o)}/snapshots/${id}/protection`, signal),
  });

export const releaseListQuery = (o: string, applicationId: string) =>
  pagedQuery<Release>([...keys.releases(o), 'list', applicationId], `${organizationPath(o)}/applications/${applicationId}/releases`, {});

/** The newest few releases, newest first. */
export const fewReleasesQuery = (o: string, applicationId: string, limit: number) =>
  queryOptions({
    queryKey: [...keys.releases(o), 'list', applicationId, limit],
    queryFn: ({ signal }) =>
      read<Page<Release>>(withQuery(`${organizationPath(o)}/applications/${applicationId}/releases`, { limit }), signal),
  });

export const releaseQuery = (o: string, id: string) =>
  queryOptions({
    queryKey: [...keys.releases(o), 'detail', id],
    queryFn: ({ signal }) => read<Release>(`${organizationPath(o)}/releases/${id}`, signal),
    staleTime: immutableMs,
  });
