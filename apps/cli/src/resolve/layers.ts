import type { VariableScope } from '@sluice/contracts';
import { usageError } from '../errors.ts';
import { text } from '../frame/parameters.ts';
import type { Session } from '../frame/session.ts';
import { resolveApplication } from './applications.ts';
import { readGroupNames, resolveDeviceId, resolveGroup } from './fleet.ts';
import { applicationOfStage } from './policies.ts';
import { readStageWorld, resolveStage, stageReference } from './stages.ts';

/** A place where variables are set. */
export type Layer = { scope: VariableScope; scopeId: string };

/** The options that say which layer is meant; none of them: the organization. */
export const layerParameters = {
  app: text('--app <app>', 'The layer of an application (with --stage: the application of that stage)'),
  stage: text('--stage <stage>', 'The layer of a stage: line/prod, or prod with --app'),
  group: text('--group <group>', 'The layer of a device group'),
  device: text('--device <device>', 'The layer of a device'),
} as const;

export type LayerValues = Record<keyof typeof layerParameters, string | undefined>;

/** Whether any layer below the organization was named. */
export const isLayerNamed = ({ app, stage, group, device }: LayerValues): boolean =>
  [app, stage, group, device].some((each) => each !== undefined);

/** @throws CliError USAGE when several layers are named, NOT_FOUND */
export async function resolveLayer(session: Session, { app, stage, group, device }: LayerValues): Promise<Layer> {
  const named = [stage ?? app, group, device].filter((each) => each !== undefined);
  if (named.length > 1) throw usageError('Name one layer: --app, --stage, --group or --device; none of them is the organization.');
  if (device !== undefined) return { scope: 'device', scopeId: await resolveDeviceId(session, device) };
  if (group !== undefined) return { scope: 'group', scopeId: (await resolveGroup(session, group)).id };
  if (stage !== undefined) {
    const application = await applicationOfStage(session, stage, app);
    return { scope: 'stage', scopeId: (await resolveStage(session, stage, application)).id };
  }
  if (app !== undefined) return { scope: 'application', scopeId: (await resolveApplication(session, app)).id };
  return { scope: 'organization', scopeId: session.base.split('/').at(-1) ?? '' };
}

/** What layers are called, by the id of what they belong to; devices have too many names to read them all. */
export async function readLayerNames(session: Session): Promise<Map<string, string>> {
  const { all } = await readStageWorld(session, undefined);
  const applications = await session.all<{ id: string; name: string }>('/applications');
  return new Map([
    ...applications.map(({ id, name }) => [id, name] as const),
    ...all.map((placed) => [placed.stage.id, stageReference(placed, all)] as const),
    ...(await readGroupNames(session)),
  ]);
}
