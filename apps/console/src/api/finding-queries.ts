import type { Page, PolicyReport, PolicyRuleCatalogue, PolicySettingsView, PolicyWaiver, ReleaseFindings } from '@sluice/contracts';
import { queryOptions } from '@tanstack/react-query';
import { read, withQuery } from './client.ts';
import { keys } from './keys.ts';
import { everythingMax, organizationPath } from './queries.ts';

/** What policies find in a snapshot now; with a stage, as for that stage. */
export const snapshotFindingsQuery = (o: string, snapshotId: string, stageId: string | undefined) =>
  queryOptions({
    queryKey: [...keys.findings(o), 'snapshot', snapshotId, stageId ?? ''],
    queryFn: ({ signal }) => read<PolicyReport>(withQuery(`${organizationPath(o)}/snapshots/${snapshotId}/findings`, { stageId }), signal),
  });

/** What policies found when a release was published. */
export const releaseFindingsQuery = (o: string, releaseId: string) =>
  queryOptions({
    queryKey: [...keys.findings(o), 'release', releaseId],
    queryFn: ({ signal }) => read<ReleaseFindings>(`${organizationPath(o)}/releases/${releaseId}/findings`, signal),
    staleTime: 600_000,
  });

export const policyRulesQuery = (o: string) =>
  queryOptions({
    queryKey: [...keys.policies(o), 'rules'],
    queryFn: ({ signal }) => read<PolicyRuleCatalogue>(`${organizationPath(o)}/policy-rules`, signal),
    staleTime: 600_000,
  });

/** Whose settings: the organization's own, an application's or a stage's. */
export type PolicyPlace = { applicationId?: string; stageId?: string };

/** Where a layer of policy settings is read and written. */
export function policySettingsPath(o: string, { applicationId, stageId }: PolicyPlace): string {
  const layer = stageId === undefined ? (applicationId === undefined ? '' : `/applications/${applicationId}`) : `/stages/${stageId}`;
  return `${organizationPath(o)}${layer}/policy-settings`;
}

export const policySettingsQuery = (o: string, place: PolicyPlace) =>
  queryOptions({
    queryKey: [...keys.policies(o), 'settings', place.applicationId ?? '', place.stageId ?? ''],
    queryFn: ({ signal }) => read<PolicySettingsView>(policySettingsPath(o, place), signal),
  });

export const waiversQuery = (o: string) =>
  queryOptions({
    queryKey: [...keys.policies(o), 'waivers'],
    queryFn: ({ signal }) => read<Page<PolicyWaiver>>(withQuery(`${organizationPath(o)}/waivers`, { limit: everythingMax }), signal),
  });
