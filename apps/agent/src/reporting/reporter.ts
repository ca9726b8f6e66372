import type { EventReport, RefusalCode, Report, ReportsResponse } from '@sluice/contracts';
import { type RetryPolicy, retryDelayMs } from '@sluice/platform/retry';
import { HttpError } from '../control-plane/http-error.ts';
import { describeError } from '../errors.ts';
import type { Clock, Log, Random } from '../ports/index.ts';
import type { PendingDeploymentReport } from '../update/deployment-reports.ts';
import { createWakeUp } from '../wake-up.ts';
import type { PendingHealth, Spool } from './spool.ts';

export type ReporterDeps = {
  spool: Spool;
  clock: Clock;
  random: Random;
  log: Log;
  send: (reports: readonly Report[]) => Promise<ReportsResponse>;
};

/** Where the parts of the agent put what the control plane shall know. */
export type Reporter = {
  /** Resolves when the report is durable on this device. */
  deployment(report: PendingDeploymentReport): Promise<void>;
  refusal(refusal: { code: RefusalCode; detail: string; revision: number }): Promise<void>;
  event(level: EventReport['level'], code: string, message: string): Promise<void>;
  health(report: Omit<PendingHealth, 'at' | 'kind'>): void;
  /** Sends for as long as the signal lets it. */
  run(signal: AbortSignal): Promise<void>;
};

const retryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };
const textMax = 2_000;

/** The control plane looked at the batch and stored nothing of it. */
function isRefusedWhole(error: unknown): boolean {
  return error instanceof HttpError && (error.code === 'VALIDATION_FAILED' || error.code === 'BODY_TOO_LARGE');
}

export function createReporter(deps: ReporterDeps): Reporter {
  const { spool, clock } = deps;
  const wake = createWakeUp();
  const at = (): string => new Date(clock.now()).toISOString();
  const add = async (report: Parameters<Spool['add']>[0]): Promise<void> => {
    await spool.add(report);
    wake.raise();
  };

  const sendAll = async (): Promise<void> => {
    for (let batch = await spool.nextBatch(); batch !== undefined; batch = await spool.nextBatch()) {
      const answer = await deps.send(batch);
      for (const refused of answer.refused) deps.log.warn({ refused }, 'the control plane did not take a report');
      const last = batch.at(-1)?.sequence ?? 0;
      if (answer.acknowledged < last) throw new Error(`the control plane acknowledged ${answer.acknowledged} of ${last}`);
      await spool.acknowledge(answer.acknowledged);
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await sendAll();
        failures = 0;
        await wake.wait(signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (isRefusedWhole(error)) await spool.lighten();
        const retryAfterMs = error instanceof HttpError ? error.retryAfterMs : undefined;
        const delayMs = retryDelayMs(failures, retryPolicy, { random: deps.random, retryAfterMs });
        deps.log.warn({ error: describeError(error), delayMs: Math.round(delayMs) }, 'could not deliver reports');
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  };
  return {
    deployment: (report) => add({ ...report, at: at() }),
    refusal: ({ code, detail, revision }) => add({ kind: 'refusal', at: at(), code, detail: detail.slice(0, textMax), revision }),
    event: (level, code, message) => add({ kind: 'event', at: at(), level, code: code.slice(0, 100), message: message.slice(0, textMax) }),
    health: (report) => {
      spool.offerHealth({ kind: 'health', at: at(), ...report });
      wake.raise();
    },
    run,
  };
}
