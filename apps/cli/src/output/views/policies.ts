import type { AdvisoryFile, PolicyRuleView, PolicyWaiver } from '@sluice/contracts';
import type { Tone } from '../paint.ts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

export function toneOfSeverity(severity: string): Tone {
  if (severity === 'block') return 'bad';
  return severity === 'warn' ? 'warning' : 'dim';
}

/** How the catalogue of rules is shown. */
export const ruleView: View<PolicyRuleView> = {
  noun: 'rules',
  name: ({ rule }) => rule,
  columns: [
    { title: 'Rule', value: ({ rule }) => rule },
    { title: 'Default', value: ({ defaultSeverity }) => defaultSeverity, tone: ({ defaultSeverity }) => toneOfSeverity(defaultSeverity) },
    { title: 'Finds', value: ({ title }) => title },
    { title: 'Why', value: ({ why }) => why, wide: true },
  ],
};

function scopeOf({ applicationId, snapshotId, stageId }: PolicyWaiver): string {
  const parts = [
    ['snapshot', snapshotId],
    ['stage', stageId],
    ['app', applicationId],
  ].flatMap(([what, id]) => (id === null ? [] : [`${what} ${id}`]));
  return parts.join(', ') || 'everywhere';
}

/** How waivers are shown. */
export function waiverView(zone: Zone): View<PolicyWaiver> {
  return {
    noun: 'waivers',
    name: ({ id }) => id,
    columns: [
      { title: 'Id', value: ({ id }) => id },
      { title: 'Rule', value: ({ rule }) => rule },
      { title: 'Subject', value: ({ subject }) => subject ?? 'all' },
      { title: 'State', value: ({ state }) => state, tone: ({ state }) => (state === 'active' ? 'plain' : 'dim') },
      { title: 'Reason', value: ({ reason }) => reason },
      { title: 'By', value: ({ by }) => by },
      { title: 'Ends', value: ({ expiresAt }) => formatMoment(expiresAt, zone) },
      { title: 'For', value: scopeOf, wide: true },
      { title: 'Made', value: ({ at }) => formatMoment(at, zone), wide: true },
      { title: 'Revoked by', value: ({ revokedBy }) => revokedBy ?? '', wide: true },
      { title: 'Revoked because', value: ({ revokedReason }) => revokedReason ?? '', wide: true },
    ],
  };
}

/** How the file of advisories is shown. */
export function advisoryFileView(zone: Zone): View<AdvisoryFile> {
  return {
    noun: 'advisory files',
    name: ({ digest }) => digest,
    columns: [
      { title: 'Advisories', value: ({ count }) => String(count) },
      { title: 'Source', value: ({ source }) => source },
      { title: 'By', value: ({ updatedBy }) => updatedBy },
      { title: 'Uploaded', value: ({ updatedAt }) => formatMoment(updatedAt, zone) },
      { title: 'Bytes', value: ({ length }) => String(length) },
      { title: 'Digest', value: ({ digest }) => digest },
    ],
  };
}
