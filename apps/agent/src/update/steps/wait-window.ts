// INVARIANTS
// 1. Nothing that runs is touched outside the windows of the assignment: looked at once more, with the newest signed time that can be had, right
//    before this step ends.
// 2. The wait is measured again and again, so that a clock that is set, or a device that slept, is noticed soon.
// 3. It is bounded by nobody: the control plane ends it by another assignment, at the latest at the deadline of the deployment.
import { AgentError } from '../../errors.ts';
import { baselineOf } from '../../health/baseline.ts';
import { windowNow } from '../change-windows.ts';
import type { StepRun, UpdateContext } from '../context.ts';
import type { StepOutcome } from '../decide.ts';
import { waitingReport } from '../deployment-reports.ts';

/** What waiting needs. */
export type WaitDeps = Pick<UpdateContext, 'clock' | 'reporter' | 'supervisor' | 'trust' | 'signedTime' | 'refreshTime' | 'askAnew'>;

const lookMs = 5_000;
/** When all windows that are known have passed, the control plane is asked for others so often. */
const askMs = 15 * 60_000;
const refreshMs = 5_000;

/** Waits for the maintenance window, with everything at hand. The last moment at which an update can be called off. */
export async function waitWindow(deps: WaitDeps, run: StepRun): Promise<StepOutcome> {
  const { clock } = deps;
  const look = () => windowNow(run.newest()?.windows, deps.signedTime.candidates());
  let askedAt = Number.NEGATIVE_INFINITY;
  let waited = false;
  for (;;) {
    if (run.isSuperseded()) throw new AgentError('SUPERSEDED', 'Something else was assigned before the switch.');
    const hasWindows = run.newest()?.windows !== undefined;
    if (hasWindows && look().open) await refresh(deps, run.signal);
    const state = look();
    if (run.isSuperseded()) continue;
    if (state.open) return { kind: 'done', patch: { assignment: run.newest(), ...(waited ? baselineNow(deps) : {}) } };
    if (!waited) await tell(deps, run, state.opensAt);
    waited = true;
    if (state.opensAt === null && clock.monotonic() >= askedAt + askMs) {
      askedAt = clock.monotonic();
      deps.askAnew();
    }
    const [now = clock.now()] = deps.signedTime.candidates();
    const untilOpenMs = state.opensAt === null ? lookMs : state.opensAt - now;
    await clock.sleep(Math.min(lookMs, Math.max(1_000, untilOpenMs)), run.signal);
  }
}

/** The signed time of now, if the control plane can be reached; it need not be. */
async function refresh({ clock, refreshTime }: WaitDeps, signal: AbortSignal): Promise<void> {
  await Promise.race([refreshTime().catch(() => undefined), clock.sleep(refreshMs, signal).catch(() => undefined)]);
  signal.throwIfAborted();
}

/** Told once: an agent that was ended meanwhile has told before. */
async function tell({ reporter }: WaitDeps, { record }: StepRun, opensAt: number | null): Promise<void> {
  const pending = record.boots > 0 ? undefined : waitingReport(record, opensAt);
  if (pending !== undefined) await reporter.deployment(pending);
}

/** What is connected may have changed since the preflight, hours ago. */
function baselineNow({ supervisor, trust }: WaitDeps) {
  const graceMs = supervisor.wanted()?.healthPolicy.connectionGraceMs ?? 0;
  return { baseline: baselineOf(supervisor.health(), trust.read().baseline, graceMs) };
}
