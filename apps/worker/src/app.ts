import { createCaptures } from '@sluice/capture';
import { createJobRunner, createJobs, type QueueConnection } from '@sluice/jobs';
import type { Clock, Log, Random } from '@sluice/platform';
import type { DeviceWatchLimits, Keyring, Store } from '@sluice/store';
import { runEncryptionLoop } from './encryption/sweep.ts';
import { createGitController } from './git/git-controller.ts';
import { runGitLoop } from './git/git-loop.ts';
import { createPromotionController } from './promotions/promotion-controller.ts';
import { runRetentionLoop, sweepRetention } from './retention/retention.ts';
import { createReleaseSigner } from './rollouts/release-signer.ts';
import { createRolloutController } from './rollouts/rollout-controller.ts';
import { createSweepLoop } from './rollouts/sweep-loop.ts';
import { deviceWatchDefault, runDeviceWatchLoop, runWebhookLoop } from './webhooks/loops.ts';
import { createSend } from './webhooks/send.ts';
import { webhookTargets } from './webhooks/targets.ts';
import { createWebhookController } from './webhooks/webhook-controller.ts';

/** Everything the worker takes from outside; whoever starts it owns the life of each. */
export type WorkerDeps = {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  queue: QueueConnection;
  /** Opens and seals secrets: release keys for rollbacks, passwords of git remotes, credentials, secrets of webhooks. */
  keyring: Keyring;
  /** The key of purpose `configuration-salt`: snapshots that are imported need it. */
  saltKey: Uint8Array;
  /** Longest time between two looks for rollouts, git remotes or webhooks with something to do. */
  sweepIntervalMs: number;
  /** Internal addresses, subnets and hosts that webhooks may go to; none by default. */
  webhookNetworks?: readonly string[];
  /** When devices count as offline or unhealthy for webhooks, and how often that is looked at. */
  deviceWatch?: DeviceWatchLimits & { intervalMs: number };
};

export type RunningWorker = {
  /** Takes nothing new, lets running steps end their transaction, and resolves when all is quiet. */
  close(): Promise<void>;
};

/** Starts what happens by itself: rollout control, promotions, git remotes, webhooks and retention. It works without the queue, too, only a little later. */
export function startWorker(deps: WorkerDeps): RunningWorker {
  const { store, clock, random, log, keyring, saltKey, sweepIntervalMs: intervalMs } = deps;
  const ending = new AbortController();
  const { signal } = ending;
  const jobs = createJobs({ ...deps.queue, log, clock });
  const releaseSigner = createReleaseSigner(keyring);
  const controller = createRolloutController({ store, clock, log, jobs, releaseSigner });
  const sweepLoop = createSweepLoop({ controller, clock, log, intervalMs, signal });
  const promotions = createPromotionController({ store, clock, log, jobs, releaseSigner });
  const promotionLoop = createSweepLoop({ controller: promotions, clock, log, intervalMs, signal });
  const pushToMirror = async (gitRemoteId: string): Promise<void> => void (await jobs.enqueue('git.mirror', { gitRemoteId }));
  const captures = createCaptures({ keyring, saltKey, jobs: { pushToMirror } });
  const targets = webhookTargets(deps.webhookNetworks ?? []);
  const webhooks = createWebhookController({ store, clock, random, log, targets, send: createSend(targets), keyring });
  const { intervalMs: watchIntervalMs, ...limits } = deps.deviceWatch ?? deviceWatchDefault;
  const git = createGitController({ store, clock, random, log, captures, keyring });
  const runner = createJobRunner({
    ...deps.queue,
    log,
    clock,
    handlers: {
      'rollout.advance': async ({ rolloutId }, context) => {
        await controller.advance(rolloutId, context.signal);
        sweepLoop.wake();
      },
      'rollout.sweep': async (_payload, context) => void (await controller.sweep(context.signal)),
      'promotion.look': async (_payload, context) => {
        await promotions.sweep(context.signal);
        promotionLoop.wake();
      },
      'git.mirror': ({ gitRemoteId }, context) => git.sync(gitRemoteId, context.signal),
      'git.import': ({ gitRemoteId }, context) => git.sync(gitRemoteId, context.signal),
      'retention.sweep': (_payload, context) => sweepRetention(store, context.signal),
    },
  });
  const loops = [
    sweepLoop.run(),
    promotionLoop.run(),
    runGitLoop({ controller: git, clock, log, intervalMs, signal }),
    runWebhookLoop({ controller: webhooks, clock, log, intervalMs, signal }),
    runDeviceWatchLoop({ store, limits, clock, log, intervalMs: watchIntervalMs, signal }),
    runRetentionLoop({ jobs, clock, signal }),
    runEncryptionLoop({ store, keyring, log, clock, intervalMs, signal }),
  ];
  return {
    close: async () => {
      ending.abort(new Error('the worker is closing'));
      await Promise.allSettled([...loops, runner.close()]);
      await jobs.close();
    },
  };
}
