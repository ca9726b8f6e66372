import { type DeploymentReport, terminalDeploymentStates } from '@sluice/contracts';
import { leafHash } from '@sluice/ledger';
import { waitFor } from '@sluice/platform/testing';
import type { Store } from '@sluice/store';
import { type AcknowledgedReport, brokenRolloutInvariants, type VirtualFleet } from '@sluice/testkit';
import { canonicalJson, sha256Hex } from '@sluice/trust';
import { expect } from 'vitest';

type Stored = { key: string; digest: string };

const isTerminal = (state: string): boolean => (terminalDeploymentStates as readonly string[]).includes(state);

function lastWords(acknowledged: readonly AcknowledgedReport[]): DeploymentReport[] {
  return acknowledged.flatMap(({ report }) => (report.kind === 'deployment' && isTerminal(report.state) ? [report] : []));
}

/** Each acknowledged report is stored once, as it was sent, and nothing else is. */
async function expectReportsStored(store: Store, fleet: VirtualFleet): Promise<void> {
  const ids = fleet.devices.map((device) => device.id());
  const stored = await store.query<Stored>(
    `SELECT device_id || ' ' || sequence AS key, digest FROM device_report WHERE device_id = ANY($1::uuid[]) ORDER BY 1`,
    [ids],
  );
  const expected = fleet
    .acknowledged()
    .map(({ deviceId, report }): Stored => ({ key: `${deviceId} ${report.sequence}`, digest: sha256Hex(canonicalJson(report)) }));
  const byKey = (left: Stored, right: Stored): number => (left.key < right.key ? -1 : 1);
  expect(stored.toSorted(byKey)).toEqual(expected.toSorted(byKey));
}

/** What a device said last about a deployment is where the deployment stands, and the ledger tells it exactly once. */
async function expectReportsReflected(store: Store, reports: readonly DeploymentReport[]): Promise<void> {
  const ids = reports.map((report) => report.deploymentId);
  const said = Object.fromEntries(reports.map((report) => [report.deploymentId, report.state]));
  const deployments = await store.query<{ id: string; state: string }>('SELECT id, state FROM deployment WHERE id = ANY($1::uuid[])', [
    ids,
  ]);
  expect(Object.fromEntries(deployments.map(({ id, state }) => [id, state]))).toEqual(said);
  const told = await store.query<{ id: string; state: string }>(
    `SELECT d.id, told ->> 'state' AS state
       FROM ledger_entry l
      CROSS JOIN jsonb_array_elements(l.search -> 'after' -> 'reports') AS told
      CROSS JOIN jsonb_array_elements_text(told -> 'deviceIds') AS who
       JOIN deployment d ON d.rollout_id::text = l.search ->> 'rolloutId' AND d.device_id::text = who
      WHERE l.action = 'deployment.reported' AND d.id = ANY($1::uuid[]) AND told ->> 'state' = ANY($2::text[])`,
    [ids, terminalDeploymentStates],
  );
  expect(Object.fromEntries(told.map(({ id, state }) => [id, state]))).toEqual(said);
  expect(told).toHaveLength(ids.length);
}

async function expectLedgerWhole(store: Store): Promise<void> {
  const entries = await store.query<{ entry: Buffer; leaf: Buffer }>('SELECT entry, leaf FROM ledger_entry');
  expect(entries.length).toBeGreaterThan(0);
  const damaged = entries.filter(({ entry, leaf }) => !leaf.equals(Buffer.from(leafHash(entry))));
  expect(damaged).toEqual([]);
  const silent = await store.query(
    `SELECT r.id FROM rollout r
      WHERE NOT EXISTS (SELECT 1 FROM ledger_entry l WHERE l.action = 'rollout.created' AND l.target_id = r.id::text)`,
  );
  expect(silent).toEqual([]);
}

/**
 * Nothing that a device was told is durable may be lost, counted twice or contradicted. Waits first until every report is delivered:
 * a device repeats what was stored but whose acknowledgement it never saw.
 */
export async function expectNothingLost(store: Store, fleet: VirtualFleet): Promise<void> {
  // Devices go on to tell how they are: a report may be stored this very moment, and be acknowledged the next.
  const isDelivered = async (): Promise<boolean> => {
    if (fleet.devices.some((device) => device.waitingReports() > 0)) return false;
    await expectReportsStored(store, fleet);
    return true;
  };
  await waitFor('all reports to be delivered, and stored as they were acknowledged', isDelivered, { timeoutMs: 30_000, intervalMs: 100 });
  expect(await brokenRolloutInvariants(store)).toEqual([]);
  await expectReportsReflected(store, lastWords(fleet.acknowledged()));
  await expectLedgerWhole(store);
}
