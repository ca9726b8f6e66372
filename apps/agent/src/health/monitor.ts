import type { HealthVerdict, InstalledRelease, Inventory, RuntimeHealth } from '@sluice/contracts';
import type { Installation, InstallationStore } from '../install/installation.ts';
import type { Clock } from '../ports/index.ts';
import type { Reporter } from '../reporting/reporter.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import type { TrustStore } from '../trust-state.ts';
import type { Updater } from '../update/updater.ts';
import { verdictOf } from './verdict.ts';

export type HealthMonitorDeps = {
  clock: Clock;
  supervisor: Supervisor;
  updater: Updater;
  installations: InstallationStore;
  trust: TrustStore;
  reporter: Reporter;
  /** Told with the first report: the host may have changed since the last start. */
  inventory: Inventory;
  /** How soon a change is told, and how often nothing new is. */
  intervals: { changedMs: number; unchangedMs: number };
};

const tickMs = 500;

function installedRelease(installation: Installation | undefined | null): InstalledRelease | null {
  if (installation == null) return null;
  const { releaseDigest, releaseCounter, configurationDigest } = installation;
  return { releaseDigest, releaseCounter, configurationDigest };
}

/** What counts as a change: states, not figures that move all the time. */
function essence(runtime: RuntimeHealth | null): unknown {
  if (runtime === null) return null;
  const { flowsState, flowsRevision, missingTypes, credentialsReadable, uncaughtErrors, connections } = runtime;
  const states = connections.map(({ nodeId, state }) => [nodeId, state]);
  return [flowsState, flowsRevision, missingTypes, credentialsReadable, uncaughtErrors, states];
}

/** Looks at the runtime and hands its health to the reporter: at once when the verdict changes, else as the intervals say. */
export async function monitorHealth(deps: HealthMonitorDeps, signal: AbortSignal): Promise<void> {
  const { clock, supervisor } = deps;
  let told: { at: number; verdict: string; content: string } | undefined;
  let watched: { name: string | undefined; since: number } = { name: undefined, since: clock.monotonic() };

  const look = async (): Promise<void> => {
    const now = clock.monotonic();
    const wanted = supervisor.wanted();
    if (wanted?.name !== watched.name) watched = { name: wanted?.name, since: now };
    const state = deps.trust.read();
    const record = deps.updater.record();
    const verdict: HealthVerdict = verdictOf({
      sample: supervisor.recentSample(),
      expectation: wanted === null ? null : { policy: wanted.healthPolicy, flowsRevision: wanted.flowsRevision, baseline: state.baseline },
      updateState: record.state,
      watchedMs: now - watched.since,
    });
    const runtime = supervisor.health();
    const verdictText = JSON.stringify(verdict);
    const content = JSON.stringify([verdict, wanted?.name, essence(runtime), state.reconciledRevision]);
    const elapsedMs = told === undefined ? Number.POSITIVE_INFINITY : now - told.at;
    const due =
      verdictText !== told?.verdict || elapsedMs >= (content === told?.content ? deps.intervals.unchangedMs : deps.intervals.changedMs);
    if (!due) return;
    const isFirst = told === undefined;
    told = { at: now, verdict: verdictText, content };
    const previous = await deps.installations.previous();
    deps.reporter.health({
      revision: state.reconciledRevision,
      running: installedRelease(wanted),
      previous: installedRelease(previous === null ? null : await deps.installations.read(previous)),
      verdict,
      runtime,
      ...(isFirst ? { inventory: deps.inventory } : {}),
    });
  };
  while (!signal.aborted) {
    await look();
    await clock.sleep(tickMs, signal).catch(() => undefined);
  }
}
