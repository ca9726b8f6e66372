/** What people and times decide: holds, approvals, what else is on its way there, freezes, the window of the stage. */
import type { PromotionWindow } from '@sluice/contracts';
import { countApprovals, type WindowState, windowStateOf } from '@sluice/rollout';
import { blocker, type PromotionBlocker } from './blocker.ts';
import type { EligibilityFacts, FreezeFacts, HoldFacts } from './facts.ts';
import { moment } from './words.ts';

type Gate = (facts: EligibilityFacts, now: number) => PromotionBlocker | null;

/** In the order in which they are told. */
const gates: readonly Gate[] = [held, approval, otherPromotion, inFlight, startsLater, frozen, outsideWindow];

export function gateBlockers(facts: EligibilityFacts, now: number): PromotionBlocker[] {
  const found: PromotionBlocker[] = [];
  for (const gate of gates) {
    const blocks = gate(facts, now);
    if (blocks !== null) found.push(blocks);
  }
  return found;
}

function held({ stage, release }: EligibilityFacts): PromotionBlocker | null {
  const holds = stage.holds.filter(({ releaseId }: HoldFacts) => releaseId === null || releaseId === release.id);
  const [hold] = holds;
  if (hold === undefined) return null;
  const what = hold.releaseId === null ? `${stage.name} is held` : `${release.name} is held for ${stage.name}`;
  return blocker('held', `${what} since ${hold.by}: ${hold.reason}`, 'Somebody lifts the hold and says why.', {
    numbers: { holds: holds.length },
  });
}

function approval({ stage, promotion }: EligibilityFacts): PromotionBlocker | null {
  const rule = stage.gates.approval;
  if (rule === undefined) return null;
  const given = promotion?.approvals ?? [];
  const approvals = promotion === null ? 0 : countApprovals(given, rule, { creator: promotion.creatorId, revision: promotion.revision });
  if (approvals >= rule.required) return null;
  const people = new Set(given.map(({ person }) => person)).size;
  const spent = Math.max(0, people - approvals);
  const void_ =
    spent === 0
      ? ''
      : ` ${spent} more ${spent === 1 ? 'does' : 'do'} not count: the promotion was changed since, or the person may not approve it any more.`;
  return blocker(
    'waiting_for_approval',
    `The promotion into ${stage.name} has ${approvals} of ${rule.required} approvals.${void_}`,
    `${promotion === null ? 'Promote it; then somebody' : 'Somebody'} with the role ${rule.role}${rule.creatorExcluded ? ' who did not create the promotion' : ''} approves it.`,
    { numbers: { approvals, required: rule.required, void: spent } },
  );
}

function otherPromotion({ stage, promotion }: EligibilityFacts): PromotionBlocker | null {
  const { open } = stage;
  if (open === null || open.id === promotion?.id || promotion?.supersede === true) return null;
  return blocker(
    'other_promotion',
    `${open.by} promoted ${open.releaseName} into ${stage.name} at ${moment(open.at)}; that promotion waits.`,
    'It starts or is canceled, or promote with supersede to take its place.',
    { about: [open.releaseName] },
  );
}

function inFlight({ stage, promotion }: EligibilityFacts): PromotionBlocker | null {
  const [first] = stage.inFlight;
  if (first === undefined || promotion?.supersede === true) return null;
  const what = first.isRollback ? 'A rollback to' : 'A rollout of';
  return blocker(
    'rollout_in_flight',
    `${what} ${first.releaseName} is under way in ${stage.name} (${first.state.replace('_', ' ')}, by ${first.by}).`,
    'It ends, or promote with supersede to take its devices over.',
    { about: [first.releaseName], numbers: { rollouts: stage.inFlight.length } },
  );
}

function startsLater({ promotion }: EligibilityFacts, now: number): PromotionBlocker | null {
  const at = promotion?.startAt ?? null;
  if (at === null || now >= at) return null;
  return blocker('starts_later', `It shall not start before ${moment(at)}.`, 'The time comes, or somebody changes it.', { until: at });
}

/** The freeze that ends last of those that follow each other without a gap from `now` on: nothing starts before. */
function lastFreeze(freezes: readonly FreezeFacts[], now: number): FreezeFacts | null {
  let last: FreezeFacts | null = null;
  let end = now;
  for (;;) {
    const next = freezes.find(({ startsAt, until }) => startsAt <= end && (until === null || until > end));
    if (next === undefined) return last;
    last = next;
    if (next.until === null) return last;
    end = next.until;
  }
}

function frozen({ stage, promotion }: EligibilityFacts, now: number): PromotionBlocker | null {
  if (promotion?.isHotfix === true) return null;
  const last = lastFreeze(stage.freezes, now);
  if (last === null) return null;
  const until = last.until === null ? 'until it is lifted' : `until ${moment(last.until)}`;
  return blocker(
    'frozen',
    `Nothing starts in ${stage.name} ${until}: ${last.name}.`,
    'The freeze ends or is lifted, or an owner lets the promotion through as a hotfix.',
    { until: last.until, about: [last.name] },
  );
}

/** The last answer about each window: whoever asks about a pipeline asks the same for every release. */
const answers = new WeakMap<PromotionWindow, { readonly now: number; readonly state: WindowState }>();

function stateAt(window: PromotionWindow, now: number): WindowState {
  const last = answers.get(window);
  if (last?.now === now) return last.state;
  const state = windowStateOf(window, 'UTC', now);
  answers.set(window, { now, state });
  return state;
}

function outsideWindow({ stage }: EligibilityFacts, now: number): PromotionBlocker | null {
  const { window } = stage.gates;
  if (window === undefined) return null;
  const state = stateAt(window, now);
  if (state.open) return null;
  const opens = state.opensAt === null ? 'It never opens again' : `It opens at ${moment(state.opensAt)}`;
  return blocker(
    'outside_window',
    `The window of ${stage.name} is closed (${window.startTime}, ${window.timeZone}). ${opens}.`,
    state.opensAt === null ? 'Change the window of the stage.' : 'It opens by itself.',
    { until: state.opensAt },
  );
}
