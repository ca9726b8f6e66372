import { type DeploymentReport, type DeploymentState, type Retries, terminalDeploymentStates } from '@sluice/contracts';
import { type JsonValue, systemActor } from '@sluice/ledger';
import { withHashJoins } from '../base/hash-joins.ts';
import type { Transaction } from '../base/transaction.ts';
import { uuidArray } from '../base/uuid-array.ts';
import type { NewLedgerEntry } from '../ledger/record.ts';
import { announceChanges } from './announce.ts';
import { afterMove, type Moved, restores } from './move-deployments.ts';

/** A deployment as it stood before the reports. */
export type Position = {
  id: string;
  organizationId: string;
  rolloutId: string;
  deviceId: string;
  state: DeploymentState;
  attempt: number;
  /** What the policy tries again; null: nothing, or the rollout offers no more. */
  retries: Retries | null;
};

/**
 * A deployment that its device moved on: where it stood, what the accepted reports said, the last one winning, and where it stands now:
 * `queued` for another attempt from `retryAt` on, if the policy tries again.
 */
export type Progress = { before: Position; report: DeploymentReport; state: DeploymentState; retryAt: Date | null };

/** Writes where each deployment stands now, gives devices back what they ran where it failed, and tells the ledger what they said. */
export async function writeProgress(tx: Transaction, progress: readonly Progress[]): Promise<void> {
  const [moved] = await withHashJoins(tx, progress.length, () =>
    tx.query<Pick<Moved, 'restoredDeviceIds'>>(updateDeployments, parametersOf(tx.now, progress)),
  );
  const restored = new Set(moved?.restoredDeviceIds ?? []);
  const byRollout = Map.groupBy(progress, ({ before }) => before.rolloutId);
  const names = await namesOf(tx, byRollout.values());
  await tx.recordMany([...byRollout].map(([rolloutId, part]) => entryOf(rolloutId, part, { restored, names })));
  for (const [organizationId, part] of Map.groupBy(progress, ({ before }) => before.organizationId)) {
    await announceChanges(tx, organizationId, {
      rolloutIds: part.map(({ before }) => before.rolloutId),
      deploymentIds: part.map(({ before }) => before.id),
      deviceIds: part.map(({ before }) => before.deviceId).filter((deviceId) => restored.has(deviceId)),
    });
  }
  if (restored.size > 0) await tx.desiredChanged();
}

// When its agent first answered, had everything, and began the change: forecasts are made from these.
const beforeStaged = `'{offered,accepted,downloading}'::text[]`;
const beforeApplying = `'{offered,accepted,downloading,staged,awaiting_window,awaiting_consent}'::text[]`;

const updateDeployments = `
  WITH report AS (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::timestamptz[])
             AS i (id, old_state, new_state, code, message, failure_detail, method, cut_over_ms, retry_at)),
  moved AS (
    UPDATE deployment d
       SET state = i.new_state, updated_at = $1::timestamptz, finished_at = CASE WHEN i.new_state = ANY($12::text[]) THEN $1::timestamptz END,
           code = coalesce(i.code, d.code), message = coalesce(i.message, d.message),
           failure_detail = coalesce(i.failure_detail, d.failure_detail), method = coalesce(i.method, d.method),
           cut_over_ms = coalesce(i.cut_over_ms, d.cut_over_ms), retry_at = i.retry_at,
           accepted_at = CASE WHEN i.old_state = 'offered' THEN $1::timestamptz ELSE d.accepted_at END,
           staged_at = CASE WHEN i.old_state = ANY(${beforeStaged}) AND i.new_state <> ALL(${beforeStaged}) THEN $1::timestamptz ELSE d.staged_at END,
           applying_at = CASE WHEN i.old_state = ANY(${beforeApplying}) AND i.new_state <> ALL(${beforeApplying}) THEN $1::timestamptz ELSE d.applying_at END
      FROM report i WHERE d.id = ANY($2::uuid[]) AND d.id = i.id AND d.state = i.old_state
    RETURNING d.id, d.device_id, d.rollout_id, d.wave_index, i.old_state, d.state AS new_state, d.from_release_id, d.from_stage_id, d.from_variables_revision,
              d.late_success_at),
  ${afterMove('$1::timestamptz', '$11::uuid[]', '')}`;

function parametersOf(now: Date, progress: readonly Progress[]): unknown[] {
  // A column that nobody has anything to say about is not sent at all.
  const column = (wordOf: (report: DeploymentReport) => string | number | undefined): (string | number | null)[] | null =>
    progress.some(({ report }) => wordOf(report) !== undefined) ? progress.map(({ report }) => wordOf(report) ?? null) : null;
  return [
    now,
    uuidArray(progress.map(({ before }) => before.id)),
    progress.map(({ before }) => before.state),
    progress.map(({ state }) => state),
    column(({ code }) => code),
    column(({ message }) => message),
    column(({ failureDetail }) => failureDetail),
    column(({ method }) => method),
    column(({ cutOverMs }) => cutOverMs),
    progress.some(({ retryAt }) => retryAt !== null) ? progress.map(({ retryAt }) => retryAt) : null,
    uuidArray(progress.filter(({ state }) => restores(state)).map(({ before }) => before.deviceId)),
    terminalDeploymentStates,
  ];
}

/** The names of the devices that are the only ones of their rollout: their entries are their own. */
async function namesOf(tx: Transaction, parts: Iterable<readonly Progress[]>): Promise<Map<string, string>> {
  const alone = [...parts].flatMap((part) => (part.length === 1 ? part.map(({ before }) => before.deviceId) : []));
  if (alone.length === 0) return new Map();
  const rows = await tx.query<{ id: string; name: string }>('SELECT id, name FROM device WHERE id = ANY($1::uuid[])', [alone]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** What was said, and who said it: devices that are equally far are named together. */
function said(progress: readonly Progress[], restored: ReadonlySet<string>): JsonValue[] {
  const together = Map.groupBy(progress, ({ before, report, retryAt }) =>
    [report.attempt, before.state, report.state, report.code, retryAt?.getTime(), restored.has(before.deviceId)].join(' '),
  );
  return [...together.values()].flatMap((part) =>
    part.slice(0, 1).map(({ before, report, retryAt }) => ({
      attempt: report.attempt,
      from: before.state,
      state: report.state,
      ...(report.code === undefined ? {} : { code: report.code }),
      ...(retryAt === null ? {} : { retryAt: retryAt.toISOString() }),
      restored: restored.has(before.deviceId),
      deviceIds: part.map((each) => each.before.deviceId),
    })),
  );
}

type Told = { restored: ReadonlySet<string>; names: ReadonlyMap<string, string> };

function entryOf(rolloutId: string, progress: readonly Progress[], { restored, names }: Told): NewLedgerEntry {
  const [first] = progress;
  if (first === undefined) throw new RangeError('no progress, no entry');
  const { organizationId, deviceId } = first.before;
  const deviceName = names.get(deviceId) ?? deviceId;
  const isOne = progress.length === 1;
  return {
    organizationId,
    actor: isOne ? { kind: 'device', id: deviceId, name: deviceName, method: 'device_token' } : systemActor,
    action: 'deployment.reported',
    target: isOne ? { kind: 'deployment', id: first.before.id } : { kind: 'rollout', id: rolloutId },
    after: { reports: said(progress, restored) },
    rolloutId,
  };
}
