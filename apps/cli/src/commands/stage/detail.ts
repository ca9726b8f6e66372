import type { Rollout } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';
import type { Session } from '../../frame/session.ts';
import { type StageDetail, stageDetailView } from '../../output/views/stages.ts';
import type { PlacedStage, StageWorld } from '../../resolve/stages.ts';

/** A stage with what went there. */
async function readDetail(session: Session, placed: PlacedStage): Promise<StageDetail> {
  const stageId = placed.stage.id;
  const newestOf = async (more: Record<string, string>) => (await session.upTo<Rollout>('/rollouts', { stageId, ...more }, 1)).items[0];
  const [running, newest] = await Promise.all([newestOf({ state: 'succeeded' }), newestOf({})]);
  return { ...placed, running, newest };
}

/** Prints one stage with what went there; as data it is the stage with the names of what it belongs to. */
export async function printStageDetail(
  { print, ports }: Invocation,
  session: Session,
  placed: PlacedStage,
  world: StageWorld,
): Promise<void> {
  const view = stageDetailView(world.all, world.groupNames, ports.timeZone);
  if (print.format === 'name') print.line(view.name({ ...placed, running: undefined, newest: undefined }));
  else {
    const detail = await readDetail(session, placed);
    if (print.isForPeople) print.one(detail, view);
    else {
      const { stage, ...more } = detail;
      print.data({ ...stage, ...more, running: detail.running ?? null, newest: detail.newest ?? null });
    }
  }
}
