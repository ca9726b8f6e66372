// INVARIANTS
// 1. A promotion is followed to the end of what it came to: its rollout, when it started one.
// 2. What is in the way is told once, and again when it is something else.
import type { Promotion, PromotionDetail, Rollout } from '@sluice/contracts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../frame/invocation.ts';
import { createPatientReader } from '../frame/patient-reader.ts';
import type { Session } from '../frame/session.ts';
import { plainText } from '../output/text-width.ts';
import { exitCodeOfEnd, noteRollbacks, waitForRollout, waitTimeoutMsDefault } from '../rollouts/follow.ts';
import { blockerSentence } from '../rollouts/tell.ts';
import { exitCodeOfPromotion, isStuck, promotionSentence } from './outcome.ts';

/** What it came to, and the code for a script. */
export type PromotionEnd = { promotion: Promotion; rollout: Rollout | null; exitCode: ExitCode };

export type FollowOptions = {
  promotion: PromotionDetail;
  timeoutMs: number | undefined;
  /** Ends when nothing but a person can help: scripts need not wait longer. */
  untilStuck: boolean;
};

const intervalMs = 1_000;

/** Looks at a promotion every second until it waits no more, and says what is in its way. */
async function waitForStart(
  invocation: Invocation,
  session: Session,
  { promotion, deadline, untilStuck }: Pick<FollowOptions, 'promotion' | 'untilStuck'> & { deadline: number },
): Promise<PromotionDetail> {
  const { ports, note } = invocation;
  const read = createPatientReader(() => session.get<PromotionDetail>(`/promotions/${promotion.id}`), {
    clock: ports.clock,
    onTrouble: (error) => note(`${error.message} Trying again …`),
  });
  let last = promotion;
  let told: ReadonlySet<string> = new Set();
  for (;;) {
    for (const blocker of last.blockers) if (!told.has(blocker.code)) note(blockerSentence(blocker, ports.timeZone));
    told = new Set(last.blockers.map(({ code }) => code));
    const remainingMs = deadline - ports.clock.monotonic();
    if (last.state !== 'waiting' || (untilStuck && isStuck(last.blockers)) || remainingMs <= 0) return last;
    await ports.clock.sleep(Math.min(intervalMs, remainingMs), ports.signal);
    last = (await read()) ?? last;
  }
}

/** Follows a promotion and then its rollout to the end, telling on standard error what happens. */
export async function followPromotion(invocation: Invocation, session: Session, options: FollowOptions): Promise<PromotionEnd> {
  const { ports, note } = invocation;
  const deadline = ports.clock.monotonic() + (options.timeoutMs ?? waitTimeoutMsDefault);
  const promotion = await waitForStart(invocation, session, { ...options, deadline });
  note(promotionSentence(promotion));
  if (promotion.state === 'waiting') {
    const stuck = isStuck(promotion.blockers);
    note(`It goes on waiting. See: sluice explain promotion ${promotion.id}   Call it off: sluice promotion cancel ${promotion.id}`);
    return { promotion, rollout: null, exitCode: stuck ? exitCodes.gateFailed : exitCodes.stillPending };
  }
  if (promotion.rolloutId === null) return { promotion, rollout: null, exitCode: exitCodeOfPromotion(promotion.state) };
  const timeoutMs = Math.max(0, deadline - ports.clock.monotonic());
  const end = await waitForRollout(invocation, session, { rolloutId: promotion.rolloutId, timeoutMs });
  await noteRollbacks(invocation, session, end.rollout);
  if (end.timedOut) note(`The rollout goes on. See: sluice rollout watch ${plainText(end.rollout.id)}`);
  return { promotion, rollout: end.rollout, exitCode: exitCodeOfEnd(end) };
}
