import type { RetentionPolicy, StayReason } from '@sluice/contracts';
import { matchesLabels, parseLabelSelector } from '@sluice/selector';
import type { StayFacts } from './stay-facts.ts';

/** The label that protects a snapshot, whatever its value. */
const keepLabel = 'keep';
const dayMs = 86_400_000;
const rolloutsNamedMax = 10;

const devicesOf = (count: number): string => (count === 1 ? '1 device' : `${count} devices`);

/** When the ledger's retention of a snapshot that was deployed ends; null when it never was. */
function ledgerKeepsUntil({ lastDeployedAt }: StayFacts, ledgerDays: number): Date | null {
  return lastDeployedAt === null ? null : new Date(lastDeployedAt.getTime() + ledgerDays * dayMs);
}

function rolloutReasons({ rolloutIds, promotions, stages }: StayFacts): StayReason[] {
  const reasons: StayReason[] = [];
  if (promotions > 0) reasons.push({ code: 'rollout', detail: 'A promotion of it waits.', rolloutIds: [] });
  if (rolloutIds.length > 0) {
    const detail =
      rolloutIds.length === 1 ? 'A rollout that is not over needs it.' : `${rolloutIds.length} rollouts that are not over need it.`;
    reasons.push({ code: 'rollout', detail, rolloutIds: rolloutIds.slice(0, rolloutsNamedMax) });
  }
  if (stages.length > 0) {
    const names = stages.map((stage) => stage.name).join(', ');
    const what = stages.length === 1 ? `the stage ${names} was` : `the stages ${names} were`;
    reasons.push({ code: 'stage', detail: `It is what ${what} last given.`, stageIds: stages.map((stage) => stage.id) });
  }
  return reasons;
}

/** What protects a snapshot from being deleted, by a person or by the retention policy. Pure. */
export function protectionOf(facts: StayFacts, at: { now: Date; ledgerDays: number }): StayReason[] {
  const { desired, running, previous } = facts;
  const reasons: StayReason[] = [];
  if (desired > 0) reasons.push({ code: 'desired', detail: `${devicesOf(desired)} shall run it.`, devices: desired });
  if (running > 0) reasons.push({ code: 'running', detail: `It runs on ${devicesOf(running)}.`, devices: running });
  if (previous > 0) reasons.push({ code: 'previous', detail: `${devicesOf(previous)} can go back to it.`, devices: previous });
  reasons.push(...rolloutReasons(facts));
  const until = ledgerKeepsUntil(facts, at.ledgerDays);
  if (until !== null && until > at.now) {
    const detail = `It was deployed, and stays in the ledger's retention until ${until.toISOString().slice(0, 10)}.`;
    reasons.push({ code: 'ledger', detail, until: until.toISOString() });
  }
  if (Object.hasOwn(facts.labels, keepLabel)) reasons.push({ code: 'label', detail: `It is labelled ${keepLabel}.` });
  if (facts.isNewest) reasons.push({ code: 'newest', detail: 'It is the newest one of its application.' });
  return reasons;
}

/** A selector that is stored was read before; one that cannot be read any more keeps everything. */
function isSelected(labels: StayFacts['labels'], text: string): boolean {
  const parsed = parseLabelSelector(text);
  return 'problem' in parsed || matchesLabels(parsed.selector, labels);
}

/** Why a snapshot stays when the retention policy is carried out; empty: it goes. Pure. */
export function stayReasonsOf(facts: StayFacts, policy: RetentionPolicy, now: Date): StayReason[] {
  const reasons = protectionOf(facts, { now, ledgerDays: policy.ledgerDays });
  if (facts.newer < policy.keepNewest) {
    reasons.push({ code: 'among_newest', detail: `It is among the newest ${policy.keepNewest}, which the policy keeps.` });
  }
  const until = new Date(facts.createdAt.getTime() + policy.keepDays * dayMs);
  if (until > now) reasons.push({ code: 'young', detail: `It is younger than ${policy.keepDays} days.`, until: until.toISOString() });
  if (policy.keepSelector !== null && isSelected(facts.labels, policy.keepSelector)) {
    reasons.push({ code: 'selected', detail: `Its labels match ${policy.keepSelector}, which the policy keeps.` });
  }
  return reasons;
}
