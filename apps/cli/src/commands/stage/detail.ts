import type { Promotion, Rollout } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import type { Session } from '../../frame/session.ts';
import { type StageDetail, stageDetailView } from '../../output/views/stages.ts';
import { type PlacedStage, type StageWorld, stageReference } from '../../resolve/stages.ts';

/** So many of the newest rollouts are searched for the one that ended well. */
const searchedMax = 50;

/** A stage with what went there, and what waits to. */
async function readDetail(session: Session, placed: PlacedStage): Promise<StageDetail> {
  const stageId = placed.stage.id;
  const [rollouts, promotions] = await Promise.all([
    session.upTo<Rollout>('/rollouts', { stageId }, searchedMax),
    session.upTo<Promotion>('/promotions', { stageId, state: 'waiting' }, 1),
  ]);
  const [newest] = rollouts.items;
  const there = rollouts.items.find(({ state }) => state === 'succeeded' || state === 'completed_with_failures');
  return { ...placed, there: there ?? null, newest: newest ?? null, waiting: promotions.items[0] ?? null };
}

/** Prints one stage with what went there; as data it is the stage with the names of what it belongs to. */
export async function printStageDetail(
  { print, ports }: Invocation,
  session: Session,
  placed: PlacedStage,
  world: StageWorld,
): Promise<void> {
  if (print.format === 'name') {
    print.line(stageReference(placed, world.all));
    return;
  }
  const { stage, ...more } = await readDetail(session, placed);
  if (print.isForPeople) print.one({ stage, ...more }, stageDetailView(world.all, world.groupNames, ports.timeZone));
  else print.data({ ...more, ...stage });
}
