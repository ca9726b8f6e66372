import type { ChangeKind } from '@sluice/contracts';
import type { QueryKey } from '@tanstack/react-query';
import { keys } from '../api/keys.ts';

/** Lists that many changes touch are read again less often than the thing a person looks at. Milliseconds. */
const detailIntervalMs = 250;
const listIntervalMs = 1_000;
/** The map of the fleet is made from every device: a fleet that reports all the time must not have it made all the time. */
const mapIntervalMs = 15_000;

/** What a change makes stale: everything below `key`, read again at most every `intervalMs`. */
export type Affected = { key: QueryKey; intervalMs: number };

const detail = (key: QueryKey): Affected => ({ key, intervalMs: detailIntervalMs });
const list = (key: QueryKey): Affected => ({ key, intervalMs: listIntervalMs });
const map = (key: QueryKey): Affected => ({ key, intervalMs: mapIntervalMs });

/**
 * Which of the console's queries a change makes stale, and no others.
 *
 * A deployment has no query of its own: the control plane announces its rollout and its device in the same transaction, and those are read again.
 */
export function affectedBy(organizationId: string, change: { kind: ChangeKind; id: string }): Affected[] {
  const o = organizationId;
  switch (change.kind) {
    case 'device':
      return [detail(keys.device(o, change.id)), list(keys.deviceLists(o)), list(keys.fleetSummary(o)), map(keys.integrations(o))];
    case 'rollout':
      return [detail(keys.rollout(o, change.id)), detail(keys.rolloutLists(o)), list(keys.fleetSummary(o)), list(keys.promotions(o))];
    case 'group':
      return [list(keys.groups(o)), list(keys.deviceLists(o))];
    case 'application':
      return [list(keys.applications(o))];
    case 'release':
      return [list(keys.releases(o))];
    case 'snapshot':
      return [detail(keys.snapshot(o, change.id)), list(keys.snapshotLists(o))];
    case 'pipeline':
      return [list(keys.pipelines(o)), list(keys.promotions(o))];
    case 'policy_settings':
    case 'waiver':
      return [list(keys.findings(o)), list(keys.policies(o))];
    case 'git_remote':
      return [detail(keys.gitRemotes(o))];
    case 'freeze':
      return [detail(keys.freezes(o)), list(keys.rollouts(o))];
    case 'disruption_budget':
      return [detail(keys.disruptionBudgets(o)), list(keys.rollouts(o))];
    case 'hold':
      return [detail(keys.rolloutLists(o)), list(keys.fleetSummary(o))];
    case 'promotion':
      return [detail(keys.promotions(o))];
    case 'deployment':
    case 'enrollment_code':
    case 'api_token':
    case 'webhook':
      return [];
    case 'variable':
      return [list(keys.integrations(o)), list(keys.comparisons(o)), list(keys.findings(o))];
    default:
      return unknownKind(change.kind);
  }
}

/** A newer control plane may announce kinds that this console does not show. */
function unknownKind(_kind: never): Affected[] {
  return [];
}
