/**
 * Sends events to webhooks. INVARIANTS
 * - What is due follows from Postgres. One worker at a time has the turn at a webhook, and a slow receiver keeps no other webhook waiting.
 * - At least once: what was sent and not written down, because this process died, is sent again with the same id.
 * - A failure is a state that people see, with when it is tried again.
 */
import { type Clock, type Log, parseRetryAfter, type Random, uuidv7 } from '@sluice/platform';
import {
  type AttemptOutcome,
  type ClaimedWebhook,
  claimWebhook,
  type DueDelivery,
  dueWebhooks,
  type Keyring,
  nextDelivery,
  recordDelivered,
  recordFailed,
  releaseWebhook,
  type Store,
  type WebhookTurn,
  webhookSecretIdentity,
} from '@sluice/store';
import { consequenceOf } from './consequences.ts';
import { explainFailure, failureOfAnswer, tooSlow, unforeseen, type WebhookFailure } from './explain-failure.ts';
import type { Answer, Send } from './send.ts';
import { signatureHeaders } from './sign.ts';
import type { WebhookTargets } from './targets.ts';

export type WebhookControllerDeps = {
  store: Store;
  clock: Clock;
  random: Random;
  log: Log;
  targets: WebhookTargets;
  send: Send;
  keyring: Pick<Keyring, 'openMany'>;
};

export type WebhookController = {
  /** Begins turns at the webhooks with something to send, as far as there is room, and does not wait for them. */
  sweep(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is being sent any more. */
  settled(): Promise<void>;
};

/** A receiver has so long to answer. */
const ATTEMPT_TIMEOUT_MS = 15_000;
/** A worker that died loses its turn after this: longer than an attempt and writing it down. */
const CLAIM_MS = 60_000;
/** A turn ends after so many deliveries or so long, so that others get theirs. */
const TURN_DELIVERIES_MAX = 50;
const TURN_MS_MAX = 15_000;
/** Webhooks that are sent to at once by this process. */
const CONCURRENCY = 32;

type Turn = WebhookTurn & { signal: AbortSignal };
type Result = { answer?: Answer; failure?: WebhookFailure; at: Date; durationMs: number };

export function createWebhookController(deps: WebhookControllerDeps): WebhookController {
  const { store, clock, random, log, targets, keyring } = deps;
  const running = new Map<string, Promise<void>>();

  const secretsOf = async ({ id, sealedSecret, sealedPreviousSecret, previousSecretUntil }: ClaimedWebhook): Promise<string[]> => {
    const overlaps = previousSecretUntil !== null && previousSecretUntil.getTime() > clock.now();
    const sealed = sealedPreviousSecret !== null && overlaps ? [sealedSecret, sealedPreviousSecret] : [sealedSecret];
    const identity = webhookSecretIdentity(id);
    const opened = await keyring.openMany(
      store,
      sealed.map((each) => ({ sealed: each, identity })),
    );
    return opened.map((each) => each.toString('utf8'));
  };

  const request = async (webhook: ClaimedWebhook, { eventId, body }: DueDelivery, signal: AbortSignal): Promise<Answer> => {
    const signature = signatureHeaders(await secretsOf(webhook), { id: eventId, timestampS: Math.floor(clock.now() / 1000), body });
    const headers = { 'content-type': 'application/json', 'user-agent': 'Sluice-Webhooks', ...signature };
    const timeout = new AbortController();
    const cancel = clock.setTimer(ATTEMPT_TIMEOUT_MS, () => timeout.abort(tooSlow(ATTEMPT_TIMEOUT_MS)));
    try {
      return await deps.send({ url: webhook.url, headers, body }, AbortSignal.any([signal, timeout.signal]));
    } finally {
      cancel();
    }
  };

  const attempt = async (webhook: ClaimedWebhook, delivery: DueDelivery, signal: AbortSignal): Promise<Result> => {
    const at = new Date(clock.now());
    const startedMs = clock.monotonic();
    const took = (): { at: Date; durationMs: number } => ({ at, durationMs: Math.round(clock.monotonic() - startedMs) });
    const url = new URL(webhook.url);
    try {
      const answer = await request(webhook, delivery, signal);
      const failure = failureOfAnswer(answer, url, targets);
      return { answer, ...(failure === undefined ? {} : { failure }), ...took() };
    } catch (error) {
      // Nothing of this is the receiver's fault: it is sent again when there is a worker again.
      signal.throwIfAborted();
      const failure = explainFailure(error, url) ?? unforeseen;
      if (failure === unforeseen) log.error({ err: error, webhookId: webhook.id }, 'a webhook could not be served');
      return { failure, ...took() };
    }
  };

  /** @returns whether the turn may go on */
  const writeDown = async (turn: Turn, webhook: ClaimedWebhook, delivery: DueDelivery, result: Result): Promise<boolean> => {
    const { answer, failure, at, durationMs } = result;
    const error = failure === undefined ? null : { code: failure.code, message: failure.message };
    const outcome: AttemptOutcome = { at, durationMs, status: answer?.status ?? null, answer: answer?.text ?? null, error };
    const attempted = { webhook, turn, delivery, outcome };
    if (failure === undefined) return store.transaction((tx) => recordDelivered(tx, attempted));
    const retryAfterMs = parseRetryAfter(answer?.retryAfter, clock.now());
    const { failures: failuresBefore, failingSince } = webhook;
    const failed = { nowMs: clock.now(), code: failure.code, status: outcome.status, retryAfterMs, attemptsBefore: delivery.attempts };
    const consequence = consequenceOf({ ...failed, failuresBefore, failingSince }, random);
    await store.transaction((tx) => recordFailed(tx, { ...attempted, consequence }));
    const { nextAttemptAt, disable } = consequence;
    log.warn({ webhookId: webhook.id, deliveryId: delivery.id, code: failure.code, nextAttemptAt }, 'a webhook was not delivered');
    if (disable !== null) log.warn({ webhookId: webhook.id, reason: disable.code }, 'a webhook was disabled');
    return false;
  };

  /** Sends one delivery. @returns whether there may be another one in this turn */
  const step = async (turn: Turn): Promise<boolean> => {
    const now = new Date(clock.now());
    const webhook = await claimWebhook(store, turn, { now, until: new Date(now.getTime() + CLAIM_MS) });
    if (webhook === undefined) return false;
    const delivery = await nextDelivery(store, turn.webhookId, now);
    if (delivery === undefined) return false;
    return writeDown(turn, webhook, delivery, await attempt(webhook, delivery, turn.signal));
  };

  const serve = async (webhookId: string, signal: AbortSignal): Promise<void> => {
    const turn: Turn = { webhookId, claimId: uuidv7(clock, random), signal };
    const endMs = clock.monotonic() + TURN_MS_MAX;
    try {
      for (let sent = 0; sent < TURN_DELIVERIES_MAX && clock.monotonic() < endMs && !signal.aborted; sent += 1) {
        if (!(await step(turn))) return;
      }
    } finally {
      await releaseWebhook(store, turn);
    }
  };

  return {
    sweep: async (signal) => {
      const room = CONCURRENCY - running.size;
      if (room <= 0) return;
      for (const id of await dueWebhooks(store, new Date(clock.now()), room)) {
        if (running.has(id)) continue;
        const turn = serve(id, signal)
          .catch((error: unknown) => {
            if (!signal.aborted) log.warn({ err: error, webhookId: id }, 'a turn at a webhook ended early; the next sweep goes on');
          })
          .finally(() => running.delete(id));
        running.set(id, turn);
      }
    },
    settled: async () => void (await Promise.allSettled(running.values())),
  };
}
