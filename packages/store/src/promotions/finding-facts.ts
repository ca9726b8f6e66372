/** What the policies found in releases when they were published, as stages judge it now: their own severities, and the waivers that count now. */
import type { PolicySettings, RuleSeverity } from '@sluice/contracts';
import type { FindingFacts } from '@sluice/promotion';
import type { Reader } from '../base/reader.ts';
import type { StageRecord } from './stage-facts.ts';

type FindingRow = { releaseId: string; snapshotId: string; rule: string; subject: string; severity: RuleSeverity };
type WaiverRow = {
  rule: string;
  subject: string | null;
  applicationId: string | null;
  snapshotId: string | null;
  stageId: string | null;
  expiresAt: Date | null;
};

/** Rules whose findings may be less than the rule says: a warning of them stays one. */
const graded = ['module_missing', 'module_vulnerable'];

const layerQuery = `
  SELECT scope, scope_id AS "scopeId", settings FROM policy_settings
   WHERE organization_id = $1 AND scope_id = ANY($2::uuid[])`;

const findingQuery = `
  SELECT f.release_id AS "releaseId", l.snapshot_id AS "snapshotId", f.rule, f.subject, f.severity
    FROM release_finding f JOIN release l ON l.id = f.release_id
   WHERE f.release_id = ANY($1::uuid[]) AND (f.severity = 'block' OR (f.rule = ANY($2::text[]) AND f.rule <> ALL($3::text[])))
   ORDER BY f.rule, f.subject`;

// Waivers that have ended are read, too: until when one held is part of the answer.
const waiverQuery = `
  SELECT rule, subject, application_id AS "applicationId", snapshot_id AS "snapshotId", stage_id AS "stageId", expires_at AS "expiresAt"
    FROM waiver WHERE organization_id = $1 AND revoked_at IS NULL AND rule = ANY($2::text[])`;

type Severities = ReadonlyMap<string, RuleSeverity>;

/** What the layers above and of a stage say about single rules; a narrower one wins. */
function severitiesOf(stage: StageRecord, organizationId: string, layers: ReadonlyMap<string, PolicySettings>): Severities {
  const said = new Map<string, RuleSeverity>();
  for (const scopeId of [organizationId, stage.applicationId, stage.id]) {
    for (const [rule, severity] of Object.entries(layers.get(scopeId)?.rules ?? {})) said.set(rule, severity);
  }
  return said;
}

/** Gives what blocks a release in a stage unless it is waived. */
export type FindingsOf = (releaseId: string, stage: StageRecord) => readonly FindingFacts[];

const none: readonly FindingFacts[] = [];

/** Reads the findings of releases for stages with three statements. */
export async function readFindings(
  reader: Reader,
  organizationId: string,
  of: { releaseIds: readonly string[]; stages: readonly StageRecord[] },
): Promise<FindingsOf> {
  const scopeIds = [organizationId, ...new Set(of.stages.flatMap(({ id, applicationId }) => [id, applicationId]))];
  const layers = new Map(
    (await reader.query<{ scopeId: string; settings: PolicySettings }>(layerQuery, [organizationId, scopeIds])).map(
      ({ scopeId, settings }) => [scopeId, settings] as const,
    ),
  );
  const severities = new Map(of.stages.map((stage) => [stage.id, severitiesOf(stage, organizationId, layers)] as const));
  const stricter = [...severities.values()].flatMap((said) =>
    [...said].flatMap(([rule, severity]) => (severity === 'block' ? [rule] : [])),
  );
  const rows = await reader.query<FindingRow>(findingQuery, [of.releaseIds, [...new Set(stricter)], graded]);
  if (rows.length === 0) return () => none;
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  const waivers = Map.groupBy(await reader.query<WaiverRow>(waiverQuery, [organizationId, rules]), ({ rule }) => rule);
  const findings = Map.groupBy(rows, ({ releaseId }) => releaseId);
  return (releaseId, stage) => {
    const said = severities.get(stage.id);
    return (findings.get(releaseId) ?? [])
      .filter(({ rule, severity }) => (said?.get(rule) ?? severity) === 'block')
      .map((finding) => ({
        rule: finding.rule,
        subject: finding.subject,
        waivedUntil: waivedUntil(finding, stage, waivers.get(finding.rule) ?? []),
      }));
  };
}

/** When the waiver that lasts longest ends; null: there was none. */
function waivedUntil({ subject, snapshotId }: FindingRow, stage: StageRecord, waivers: readonly WaiverRow[]): number | null {
  const [whole] = subject.split('#');
  let until: number | null = null;
  for (const waiver of waivers) {
    const isForIt =
      (waiver.subject === null || waiver.subject === subject || waiver.subject === whole) &&
      (waiver.applicationId === null || waiver.applicationId === stage.applicationId) &&
      (waiver.snapshotId === null || waiver.snapshotId === snapshotId) &&
      (waiver.stageId === null || waiver.stageId === stage.id);
    if (isForIt) until = Math.max(until ?? Number.NEGATIVE_INFINITY, waiver.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY);
  }
  return until;
}
