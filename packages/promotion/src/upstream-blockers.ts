/**
 * Whether a release is verified in the stages before: its newest rollout there ended well, and its devices stayed healthy and in touch for so long
 * without a break. INVARIANTS
 * - The clock of a soak starts at the end of the rollout, and anew whenever one of its devices became unhealthy or was lost.
 * - What was replaced there keeps what it had reached by then.
 * - Without a soak health is not asked: the thresholds of the rollout have decided.
 */
import { assertNever } from './assert-never.ts';
import { blocker, type PromotionBlocker } from './blocker.ts';
import type { EligibilityFacts, ReleaseFacts, UpstreamFacts, UpstreamRollout } from './facts.ts';
import { devices, duration, moment } from './words.ts';

type Place = { readonly release: ReleaseFacts; readonly upstream: UpstreamFacts; readonly soakMs: number };

/** What keeps the release back in the stages before, at most one blocker for each of them. */
export function upstreamBlockers({ release, stage, upstreams }: EligibilityFacts, now: number): PromotionBlocker[] {
  const found: PromotionBlocker[] = [];
  for (const upstream of upstreams) {
    const held = upstreamBlocker({ release, upstream, soakMs: stage.gates.soakMs }, now);
    if (held !== null) found.push(held);
  }
  return found;
}

function upstreamBlocker(place: Place, now: number): PromotionBlocker | null {
  const { release, upstream } = place;
  const about = [upstream.name];
  if (upstream.isDeleted) {
    const sentence = `The stage ${upstream.name}, which comes before, was deleted.`;
    return blocker('upstream_deleted', sentence, 'Change which stages this one comes after.', { about });
  }
  if (upstream.rollout === null) {
    const sentence = `${release.name} was never rolled out in ${upstream.name}.`;
    return blocker('upstream_not_deployed', sentence, `Promote it into ${upstream.name} first.`, { about });
  }
  return unfinished(place, upstream.rollout) ?? (place.soakMs > 0 ? soak(place, upstream.rollout, now) : null);
}

/** The rollout there has not ended, or not well. */
function unfinished({ release, upstream }: Omit<Place, 'soakMs'>, rollout: UpstreamRollout): PromotionBlocker | null {
  const { name } = upstream;
  const about = [name];
  if (rollout.finishedAt === null) return running({ release, upstream }, rollout);
  const again = `Promote it into ${name} again, or promote a better release there.`;
  switch (rollout.state) {
    case 'draft':
    case 'pending_approval':
    case 'scheduled':
    case 'running':
    case 'paused':
    case 'aborting':
      return running({ release, upstream }, rollout);
    case 'failed':
      return blocker('upstream_failed', `The rollout of ${release.name} in ${name} failed.`, again, { about });
    case 'aborted':
      return blocker('upstream_aborted', `The rollout of ${release.name} in ${name} was aborted.`, again, { about });
    case 'superseded':
      return blocker('upstream_superseded', `Another rollout took over that of ${release.name} in ${name} before it had ended.`, again, {
        about,
      });
    case 'rejected':
      return blocker('upstream_not_deployed', `The rollout of ${release.name} in ${name} was rejected.`, again, { about });
    case 'succeeded':
    case 'completed_with_failures':
      return rollout.isRolledBack ? blocker('upstream_rolled_back', `${release.name} was rolled back in ${name}.`, again, { about }) : null;
    default:
      return assertNever(rollout.state);
  }
}

function running({ release, upstream }: Omit<Place, 'soakMs'>, { state }: UpstreamRollout): PromotionBlocker {
  const sentence = `The rollout of ${release.name} in ${upstream.name} has not ended: it is ${state.replace('_', ' ')}.`;
  return blocker('upstream_running', sentence, 'It succeeds there.', { about: [upstream.name] });
}

function soak({ release, upstream, soakMs }: Place, rollout: UpstreamRollout, now: number): PromotionBlocker | null {
  const { name } = upstream;
  const about = [name];
  const finishedAt = rollout.finishedAt ?? now;
  const since = Math.max(finishedAt, rollout.brokenAt ?? finishedAt);
  if (rollout.replaced !== null) {
    const reachedMs = Math.max(0, rollout.replaced.at - since);
    if (reachedMs >= soakMs) return null;
    return blocker(
      'upstream_superseded',
      `${rollout.replaced.by} replaced ${release.name} in ${name} after ${duration(reachedMs)} of the ${duration(soakMs)} that it has to stay healthy there.`,
      `Promote ${rollout.replaced.by} instead, or ${release.name} into ${name} again.`,
      { about: [name, rollout.replaced.by], numbers: { reachedMs, soakMs } },
    );
  }
  const { unhealthy, lost } = rollout;
  if (unhealthy + lost > 0) {
    const what = [
      ...(unhealthy > 0 ? [`${devices(unhealthy)} unhealthy`] : []),
      ...(lost > 0 ? [`${devices(lost)} not heard of for 10 minutes or more`] : []),
    ];
    return blocker(
      'upstream_unhealthy',
      `${release.name} is not healthy everywhere in ${name}: ${what.join(', ')}. It has to be for ${duration(soakMs)} without a break.`,
      `They recover: the ${duration(soakMs)} begin anew then.`,
      { about, numbers: { unhealthy, lost, soakMs } },
    );
  }
  const until = since + soakMs;
  if (now >= until) return null;
  const broken = rollout.brokenAt !== null && rollout.brokenAt >= finishedAt;
  return blocker(
    'upstream_soaking',
    `${release.name} has been healthy in ${name} for ${duration(now - since)} of ${duration(soakMs)}${broken ? `: a device was not until ${moment(since)}, and the time began anew` : ''}.`,
    `Its devices in ${name} stay healthy until ${moment(until)}.`,
    { about, until, numbers: { reachedMs: Math.max(0, now - since), soakMs } },
  );
}
