import { collectGarbage } from '../../install/collect-garbage.ts';
import type { Installation } from '../../install/installation.ts';
import { type TrustState, withFailedTarget } from '../../trust-state.ts';
import type { Step, UpdateContext } from '../context.ts';
import type { JournalRecord } from '../record.ts';

/** The trust state after an update has ended: what was carried out, and what must not be tried again. Pure. */
export function settleTrust(state: TrustState, record: JournalRecord): TrustState {
  const { assignment, outcome } = record;
  if (assignment === null) return state;
  const reconciled = { ...state, reconciledRevision: Math.max(state.reconciledRevision, assignment.revision) };
  const { releaseDigest, configurationDigest, revision } = assignment;
  if (outcome === 'succeeded' || outcome === 'none' || outcome === null || releaseDigest === null) return reconciled;
  return withFailedTarget(reconciled, { releaseDigest, configurationDigest, revision });
}

/** The report itself was put into the spool when the state was entered. */
export const report: Step = async (context, { record }) => {
  await context.trust.update((state) => settleTrust(state, record));
  const told = record.outcome === 'rolled_back' && record.assignment === null;
  if (told) {
    const message = `${record.failure?.message ?? ''} The device went back to the release before by itself.`.trim();
    await context.reporter.event('error', record.failure?.code ?? 'ROLLED_BACK', message);
  }
  return { kind: 'done' };
};

/** Removes what neither the running nor the previous release needs. */
export const collect: Step = async (context) => {
  const { installations, fileSystem, layout } = context;
  const names = [context.trust.read().committed, await installations.current(), await installations.previous()];
  const kept: Installation[] = [];
  for (const name of new Set(names)) {
    const installation = name === null ? undefined : await installations.read(name);
    if (installation !== undefined) kept.push(installation);
  }
  await collectGarbage(fileSystem, layout, kept);
  return { kind: 'done' };
};

/** Nothing that is known to work is left to switch to: keep trying the committed release and wait for a new assignment. */
export async function enterSafeMode(context: UpdateContext, record: JournalRecord): Promise<void> {
  await context.trust.update((state) => ({ ...settleTrust(state, record), committed: record.from }));
  const from = record.from === null ? null : ((await context.installations.read(record.from)) ?? null);
  await context.supervisor.ensure(from).catch((error: unknown) => context.log.error({ error }, 'could not start the previous release'));
}
