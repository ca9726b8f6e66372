import type { Promotion, PromotionApproval, ReleaseEligibility, StageEligibility } from '@sluice/contracts';
import { isThere } from '../../promotions/outcome.ts';
import { type Tone, toneOfState } from '../paint.ts';
import type { View } from '../printer.ts';
import type { Column } from '../table.ts';
import { formatMoment } from '../time.ts';

type Zone = string | undefined;

/** How promotions are shown. */
export function promotionView(zone: Zone): View<Promotion> {
  return {
    noun: 'promotions',
    name: ({ id }) => id,
    columns: [
      { title: 'Id', value: ({ id }) => id },
      { title: 'Release', value: ({ applicationName, releaseName }) => `${applicationName}/${releaseName}` },
      { title: 'Stage', value: ({ stageName }) => stageName },
      { title: 'State', value: ({ state }) => state, tone: ({ state }) => toneOfState(state) },
      { title: 'By', value: ({ createdBy, origin }) => (origin === 'automatic' ? 'the stage itself' : createdBy) },
      { title: 'Created', value: ({ createdAt }) => formatMoment(createdAt, zone) },
      { title: 'Last change', value: ({ lastChange }) => lastChange, wide: true },
      { title: 'Reason', value: ({ reason }) => reason ?? '–', wide: true },
      { title: 'Rollout', value: ({ rolloutId }) => rolloutId ?? '–', wide: true },
      { title: 'Finished', value: ({ finishedAt }) => formatMoment(finishedAt, zone), wide: true },
    ],
  };
}

/** How one promotion is shown. */
export function promotionDetailView(zone: Zone): View<Promotion> {
  const { columns, ...view } = promotionView(zone);
  return {
    ...view,
    columns: [
      ...columns,
      { title: 'Starts', value: ({ startAt }) => (startAt === null ? 'as soon as nothing blocks it' : formatMoment(startAt, zone)) },
      { title: 'Policy', value: ({ hasOwnPolicy }) => (hasOwnPolicy ? 'its own' : "the stage's") },
      { title: 'Priority', value: ({ priority }) => String(priority) },
      { title: 'Hotfix', value: ({ hotfixReason }) => hotfixReason ?? 'no: freezes hold it' },
      { title: 'Revision', value: ({ revision }) => String(revision) },
      { title: 'Looked at again', value: ({ nextLookAt }) => formatMoment(nextLookAt, zone) },
    ],
  };
}

/** What people said about a promotion. */
export function promotionApprovalColumns(zone: Zone): Column<PromotionApproval>[] {
  return [
    { title: 'By', value: ({ person }) => person },
    { title: 'At', value: ({ at }) => formatMoment(at, zone) },
    { title: 'Counts', value: ({ counts }) => (counts ? 'yes' : 'no'), tone: ({ counts }): Tone => (counts ? 'plain' : 'dim') },
    { title: 'Comment', value: ({ comment }) => comment || '–' },
  ];
}

const answer = ({ isEligible, blockers }: StageEligibility): string => (isEligible ? 'yes' : isThere(blockers) ? 'is there' : 'no');
const toneOfAnswer = ({ isEligible }: StageEligibility): Tone => (isEligible ? 'good' : 'plain');
const there = ({ rolloutState }: StageEligibility): string => rolloutState?.replaceAll('_', ' ') ?? '–';
const inTheWay = ({ blockers }: StageEligibility): string =>
  (isThere(blockers) ? [] : blockers).map(({ code }) => code.replaceAll('_', ' ')).join(', ') || '–';

/** Into which stages one release may go. */
export const stageEligibilityView: View<StageEligibility> = {
  noun: 'stages',
  name: ({ stageName }) => stageName,
  columns: [
    { title: 'Stage', value: ({ stageName }) => stageName },
    { title: 'May go', value: answer, tone: toneOfAnswer },
    { title: 'Its rollout there', value: there },
    { title: 'In the way', value: inTheWay },
  ],
};

/** One release and whether it may go into the stage that was asked about. */
export type ReleaseInStage = { release: Pick<ReleaseEligibility, 'releaseId' | 'releaseName' | 'releaseCounter'>; stage: StageEligibility };

/** Which releases may go into one stage. */
export const releaseInStageView: View<ReleaseInStage> = {
  noun: 'releases',
  name: ({ release }) => release.releaseName,
  columns: [
    { title: 'Release', value: ({ release }) => release.releaseName },
    { title: 'May go', value: ({ stage }) => answer(stage), tone: ({ stage }) => toneOfAnswer(stage) },
    { title: 'Its rollout there', value: ({ stage }) => there(stage) },
    { title: 'In the way', value: ({ stage }) => inTheWay(stage) },
  ],
};
