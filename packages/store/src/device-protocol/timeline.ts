import type { Report } from '@sluice/contracts';
import type { Transaction } from '../base/transaction.ts';
import type { NewLedgerEntry } from '../ledger/record.ts';
import type { FreshReports } from './ingest-reports.ts';

type Line = {
  organizationId: string;
  deviceId: string;
  at: Date;
  kind: 'deployment' | 'refusal' | 'event';
  level: 'info' | 'warning' | 'error';
  code: string;
  message: string;
  deploymentId: string | null;
};

const failedStates = new Set<string>(['failed', 'rolled_back', 'rollback_failed', 'rejected']);

/** The device's own clock where it makes sense: it is data, and the order of lines is the order of their ids. */
function timeOf(text: string, now: Date): Date {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? now : time;
}

function lineOf({ device, organizationId }: FreshReports, report: Report, now: Date): Line[] {
  if (report.kind === 'health') return [];
  const common = { organizationId, deviceId: device.deviceId, at: timeOf(report.at, now), kind: report.kind, deploymentId: null };
  switch (report.kind) {
    case 'event':
      return [{ ...common, level: report.level, code: report.code, message: report.message }];
    case 'refusal':
      return [{ ...common, level: 'error', code: report.code, message: report.detail }];
    case 'deployment': {
      const message = report.message ?? `The deployment is ${report.state}.`;
      const level = failedStates.has(report.state) ? 'error' : 'info';
      return [{ ...common, level, code: report.code ?? report.state.toUpperCase(), message, deploymentId: report.deploymentId }];
    }
  }
}

/** "It said exactly that": refusals name an attack, so they go into the ledger too. */
function refusalsOf({ device, organizationId, fresh }: FreshReports): NewLedgerEntry[] {
  return fresh.flatMap(({ report, digest }): NewLedgerEntry[] =>
    report.kind !== 'refusal'
      ? []
      : [
          {
            organizationId,
            actor: { kind: 'device', id: device.deviceId, name: device.name, method: 'device_token' },
            action: 'device.refused',
            target: { kind: 'device', id: device.deviceId, name: device.name },
            after: { code: report.code, detail: report.detail, revision: report.revision, sequence: report.sequence, report: digest },
          },
        ],
  );
}

/** Writes what devices said, except their health, into their timelines, and refusals into the ledger. */
export async function writeTimeline(tx: Transaction, accepted: readonly FreshReports[]): Promise<void> {
  const lines = accepted.flatMap((each) => each.fresh.flatMap(({ report }) => lineOf(each, report, tx.now)));
  if (lines.length > 0) {
    await tx.execute(
      `INSERT INTO device_event (id, organization_id, device_id, at, kind, level, code, message, deployment_id)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[])`,
      [
        // Sorted: within one millisecond ids are in no order, lines are.
        lines.map(() => tx.uuid()).sort(),
        lines.map((line) => line.organizationId),
        lines.map((line) => line.deviceId),
        lines.map((line) => line.at),
        lines.map((line) => line.kind),
        lines.map((line) => line.level),
        lines.map((line) => line.code),
        lines.map((line) => line.message),
        lines.map((line) => line.deploymentId),
      ],
    );
  }
  await tx.recordMany(accepted.flatMap(refusalsOf));
}
