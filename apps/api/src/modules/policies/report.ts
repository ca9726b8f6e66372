import type {
  AdvisoryFile,
  EffectivePolicy,
  FindingWaiver,
  PolicyFinding,
  PolicyNoticeCode,
  PolicyReport,
  PolicyWaiver,
} from '@sluice/contracts';
import { type Finding, isBlocked, policyRulesVersion, type Waiver } from '@sluice/snapshot';
import type { StoredPolicyLayer } from '@sluice/store';
import { canonicalText, sha256Hex } from '@sluice/trust';

export type Notice = { code: PolicyNoticeCode; message: string };

/** What is listed of a rule at most; the rest is counted. */
const findingsOfRuleMax = 500;

/** Waivers as the rules take them; each remembers which one it is. */
export function waiversForRules(waivers: readonly PolicyWaiver[]): (Waiver & FindingWaiver)[] {
  return waivers.map(({ id, rule, subject, reason, by, at, expiresAt }) => ({
    ...{ id, rule, reason, by, at, expiresAt },
    ...(subject === null ? {} : { subject }),
  }));
}

/** A finding as it is told: its waiver without what stands in the finding anyway. */
function toldFinding({ waiver, ...finding }: Finding): PolicyFinding {
  if (waiver === undefined) return finding;
  const { id, reason, by, at, expiresAt } = waiver as Waiver & FindingWaiver;
  return { ...finding, waiver: { id, reason, by, at, expiresAt } };
}

const weight = ({ severity, waiver }: Finding): number => (waiver !== undefined ? 2 : severity === 'warn' ? 1 : 0);

/** The findings of each rule up to the limit, those that matter most first where there are more. */
function listedFindings(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ rule }) => rule).values()].flatMap((ofRule) =>
    ofRule.length <= findingsOfRuleMax
      ? ofRule
      : ofRule.toSorted((left, right) => weight(left) - weight(right)).slice(0, findingsOfRuleMax),
  );
}

export type ReportInput = {
  snapshot: { id: string; digest: string };
  stage: { id: string; name: string } | null;
  checkedAt: Date;
  findings: readonly Finding[];
  notices: Notice[];
  policy: { effective: EffectivePolicy; layers: readonly StoredPolicyLayer[] };
  advisories: AdvisoryFile | null;
};

/** Puts together what a check tells. */
export function buildReport({ snapshot, stage, checkedAt, findings, notices, policy, advisories }: ReportInput): PolicyReport {
  const listed = listedFindings(findings);
  const count = (wanted: number): number => findings.filter((finding) => weight(finding) === wanted).length;
  const layers = policy.layers.map(({ scope, scopeId, version }) => ({ scope, scopeId, version }));
  const { effective } = policy;
  return {
    snapshotId: snapshot.id,
    snapshotDigest: snapshot.digest,
    stage: stage === null ? null : { id: stage.id, name: stage.name },
    checkedAt: checkedAt.toISOString(),
    isBlocked: isBlocked(findings),
    counts: { block: count(0), warn: count(1), waived: count(2) },
    findings: listed.map(toldFinding),
    omitted: findings.length - listed.length,
    notices,
    rulesVersion: policyRulesVersion,
    policy: { digest: sha256Hex(canonicalText({ rulesVersion: policyRulesVersion, effective })), effective, layers },
    advisories: advisories === null ? null : { digest: advisories.digest, count: advisories.count, updatedAt: advisories.updatedAt },
  };
}
