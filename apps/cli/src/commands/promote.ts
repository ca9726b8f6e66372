import type { CreatePromotionRequest, PromotionDetail, RolloutPreview, StageEligibility } from '@sluice/contracts';
import { CliError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { defineVerb } from '../frame/define.ts';
import type { Invocation } from '../frame/invocation.ts';
import { argument, flag, requiredText, text } from '../frame/parameters.ts';
import type { Session } from '../frame/session.ts';
import { rolloutView } from '../output/views/rollouts.ts';
import { followPromotion } from '../promotions/follow.ts';
import { exitCodeOfBlockers, isThere } from '../promotions/outcome.ts';
import { printEligibility } from '../promotions/print.ts';
import { printPreview } from '../rollouts/preview.ts';
import { promotionParameters, readPromotion } from '../rollouts/promotion.ts';
import { printPromotion } from './promotion/detail.ts';
import { promotionWaitHelp } from './promotion/parameters.ts';
import { waitParameters } from './rollout/wait.ts';

const more = `It waits until nothing blocks it (the stages before, soak, approvals, windows, freezes), and then starts its rollout by the policy of the
stage. A release that is in the stage already needs nothing, and that is no error.

--dry-run says what would block it now and what its rollout would do; the exit code is 0 when it would start at once, 8 when it would wait, 7 when
something is in the way that waiting does not change. --wait: ${promotionWaitHelp}

Examples:
  sluice promote line/v3 --to staging --wait --timeout 2h
  sluice promote latest --app line --to prod --dry-run`;

const { startAt, priority, hotfix, planSeed, policy, app } = promotionParameters;

/** What would block it, and what would happen. @returns the exit code */
async function tryOut(invocation: Invocation, session: Session, request: CreatePromotionRequest): Promise<ExitCode> {
  const { print, note } = invocation;
  const eligibility = await session.post<StageEligibility>('/promotions?validateOnly=true', request);
  const { supersede: _, reason: __, ...plan } = request;
  let preview: RolloutPreview | undefined;
  try {
    preview = await session.post<RolloutPreview>('/rollouts?validateOnly=true', plan);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== exitCodes.conflict) throw error;
    note(`What its rollout would do cannot be said: ${error.message}`);
  }
  if (!print.isForPeople && print.format !== 'name') print.data({ eligibility, preview: preview ?? null });
  else printEligibility(invocation, eligibility);
  if (print.isForPeople && preview !== undefined) {
    print.line('');
    printPreview(invocation, preview);
  }
  return exitCodeOfBlockers(eligibility.blockers);
}

/** The promotion that was made; undefined when the release is there already. */
async function create(session: Session, request: CreatePromotionRequest): Promise<PromotionDetail | undefined> {
  try {
    return await session.post<PromotionDetail>('/promotions', request);
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'STATE_CONFLICT') throw error;
    const { blockers } = await session.post<StageEligibility>('/promotions?validateOnly=true', request);
    if (isThere(blockers)) return undefined;
    throw error;
  }
}

export const promote = defineVerb({
  summary: 'Promote a release into a stage',
  more,
  parameters: {
    release: argument('release', 'Its name, line/v3, latest, or its id'),
    stage: requiredText('--to <stage>', 'The stage: its name, or its id'),
    app,
    policy,
    startAt,
    priority,
    hotfix,
    planSeed,
    supersede: flag('--supersede', 'Take the place of the promotion that waits there, and do not wait for rollouts in flight'),
    reason: text('--reason <text>', 'Why, for the ledger'),
    dryRun: flag('--dry-run', 'Only say what would block it, and what its rollout would do'),
    ...waitParameters,
    watch: flag('-w, --watch', 'As --wait, until it ends: also when a person has to do something first'),
  },
  run: async (invocation, { dryRun, wait, watch, timeout, supersede, reason, ...values }) => {
    const { note, print, ports } = invocation;
    const { session, request } = await readPromotion(invocation, values);
    const full: CreatePromotionRequest = {
      ...request,
      ...(supersede ? { supersede } : {}),
      ...(reason === undefined ? {} : { reason }),
    };
    if (dryRun) return tryOut(invocation, session, full);
    const promotion = await create(session, full);
    if (promotion === undefined) {
      note(`${values.release} is in ${values.stage} already: there is nothing to do.`);
      return undefined;
    }
    if (!wait && !watch) {
      printPromotion(invocation, promotion);
      return undefined;
    }
    note(`Promotion ${promotion.id} ${promotion.state === 'waiting' ? 'waits.' : 'has begun.'}`);
    const timeoutMs = watch ? (timeout ?? Number.POSITIVE_INFINITY) : timeout;
    const end = await followPromotion(invocation, session, { promotion, timeoutMs, untilStuck: !watch });
    if (end.rollout === null) printPromotion(invocation, await session.get<PromotionDetail>(`/promotions/${promotion.id}`));
    else print.one(end.rollout, rolloutView(ports.timeZone));
    return end.exitCode;
  },
});
