// What a rollout would do, read and not written. INVARIANTS
// 1. The membership is that of the statement that plans rollouts, with the seed of the preview: created with it, the rollout is planned so.
// 2. What is read of a fleet is bounded: of a large one evenly spread devices of each wave, and the sizes exactly.
import type { Blocker, ReleaseReference, RolloutPolicy } from '@sluice/contracts';
import { type PolicyProblem, validatePolicy } from '@sluice/rollout';
import type { ForecastInput } from '@sluice/rollout/forecast';
import type { Reader } from '../base/reader.ts';
import { stageMembersSql } from '../groups/membership.ts';
import { readTarget, refuseBadPolicy } from '../rollouts/create-rollout.ts';
import { holdOf } from '../rollouts/holds.ts';
import { awayBefore } from '../rollouts/offline.ts';
import { placeDevices } from '../rollouts/plan.ts';
import type { NewRollout } from '../rollouts/types.ts';
import { type DeviceRow, readDevices } from './read-devices.ts';
import { readFreezes, readPast } from './read-history.ts';
import { readPriorityBlockers } from './read-priority.ts';
import { readRooms } from './read-rooms.ts';

export type PreviewInput = {
  rollout: NewRollout;
  /** What a random order is drawn with: a UUID. */
  planSeed: string;
  now: Date;
  /** Devices to name of each wave. */
  devicesNamedMax: number;
  /** Devices to simulate; of a larger fleet so many are spread over its waves. */
  devicesSimulatedMax: number;
  /** Nothing is read of a stage with more devices. */
  sizeMax?: number;
};

type Named = { id: string; name: string };

export type ReadPreview = {
  planSeed: string;
  release: ReleaseReference;
  stageName: string;
  policy: RolloutPolicy;
  warnings: PolicyProblem[];
  waves: { index: number; size: number; devices: Named[] }[];
  alreadyCurrent: { count: number; devices: Named[] };
  /** Left out by the policy, because they are offline. */
  offline: { count: number; devices: Named[] };
  notApproved: number;
  /** What holds devices back that a forecast knows nothing about. */
  blockers: Blocker[];
  /** What a forecast is made from; `seed` follows from the seed of the plan. */
  forecast: ForecastInput;
};

const planOfPreview = `
  SELECT l.organization_id, ($1::text[])[2]::uuid AS stage_id, l.id AS release_id, o.variables_revision, ($1::text[])[4] AS seed
    FROM release l JOIN organization o ON o.id = l.organization_id WHERE l.organization_id = ($1::text[])[1]::uuid AND l.id = ($1::text[])[3]::uuid`;

/**
 * Reads what the rollout would be; null: its stage has more devices than `sizeMax`.
 * @throws StoreError NOT_FOUND, RELEASE_INCOMPATIBLE, STAGE_EMPTY, POLICY_INVALID: as creating it would
 */
export async function readRolloutPreview(reader: Reader, organizationId: string, input: PreviewInput): Promise<ReadPreview | null> {
  const { rollout, planSeed, now } = input;
  const target = await readTarget(reader, organizationId, rollout, { lock: false });
  if (input.sizeMax !== undefined && target.devices > input.sizeMax) return null;
  const policy = rollout.policy ?? target.policy;
  refuseBadPolicy(policy);
  const subject = [organizationId, rollout.stageId, rollout.releaseId, planSeed];
  const placement = await placeDevices(reader, { sql: planOfPreview, subject, policy, awayBefore: awayBefore(policy, now) });
  const rooms = await readRooms(reader, organizationId);
  const rows = await readDevices(reader, placement, { ...input, withLabels: rooms.budgets.length > 0 });
  const { release, stageName, notApproved } = await readNames(reader, organizationId, rollout);
  const waveSizes = placement.waves.map(({ size }) => size);
  const leavesOut = policy.offline?.action === 'exclude';
  const isMember = ({ current, offline }: DeviceRow): boolean => !current && !(offline && leavesOut);
  return {
    planSeed,
    release,
    stageName,
    policy,
    warnings: validatePolicy(policy).filter(({ severity }) => severity === 'warning'),
    waves: placement.waves.map(({ index, size }) => ({ index, size, devices: named(rows, (row) => isMember(row) && row.wave === index) })),
    alreadyCurrent: { count: placement.current, devices: named(rows, ({ current }) => current) },
    offline: { count: leavesOut ? placement.offline : 0, devices: leavesOut ? named(rows, ({ offline }) => offline) : [] },
    notApproved,
    blockers: await readPriorityBlockers(reader, organizationId, rollout),
    forecast: {
      seed: Number.parseInt(planSeed.slice(-7), 16),
      now: now.getTime(),
      policy,
      startAt: rollout.startAt?.getTime() ?? null,
      waveSizes,
      devices: rows.filter((row) => row.isSimulated && isMember(row)).map((row) => rooms.recordOf(row)),
      past: await readPast(reader, organizationId),
      rooms: rooms.records,
      hold: await holdOf(reader, { kind: 'promotion', state: 'scheduled', stageId: rollout.stageId, releaseId: rollout.releaseId }),
      freezes: rollout.hotfixReason === undefined ? await readFreezes(reader, organizationId, { stageId: rollout.stageId, now }) : [],
    },
  };
}

function named(rows: readonly DeviceRow[], belongs: (row: DeviceRow) => boolean): Named[] {
  return rows.filter((row) => row.isNamed && belongs(row)).map(({ id, name }) => ({ id, name }));
}

async function readNames(
  reader: Reader,
  organizationId: string,
  { releaseId, stageId }: NewRollout,
): Promise<{ release: ReleaseReference; stageName: string; notApproved: number }> {
  const [row] = await reader.query<ReleaseReference & { stageName: string; notApproved: number }>(
    `SELECT l.id, l.name, l.counter, l.digest, a.id AS "applicationId", a.name AS "applicationName", s.name AS "stageName",
            (SELECT count(DISTINCT v.id)::int FROM ${stageMembersSql('s.id')} m
               JOIN device v ON v.id = m.device_id AND v.approval <> 'approved') AS "notApproved"
       FROM release l JOIN application a ON a.id = l.application_id, stage s
      WHERE l.organization_id = $1 AND l.id = $2 AND s.organization_id = $1 AND s.id = $3`,
    [organizationId, releaseId, stageId],
  );
  if (row === undefined) throw new Error(`release ${releaseId} or stage ${stageId} went away`);
  const { stageName, notApproved, ...release } = row;
  return { release, stageName, notApproved };
}
