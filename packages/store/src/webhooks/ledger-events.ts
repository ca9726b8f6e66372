/**
 * What the ledger records is what webhooks are told: every change writes its entry in its transaction, so at the end of the transaction the
 * entries say which events there are, and a few set-based reads what is known about the things by then.
 */
import type { WebhookEventData, WebhookEventType } from '@sluice/contracts';
import type { LedgerAction } from '@sluice/ledger';
import type { NewLedgerEntry } from '../ledger/record.ts';
import {
  type HoldFacts,
  type PromotionFacts,
  type ReleaseFacts,
  type RolloutFacts,
  readHolds,
  readPromotions,
  readReleases,
  readRollouts,
  readSnapshots,
  readStages,
  readWaves,
  type SnapshotFacts,
  type StageFacts,
  type WaveFacts,
} from './facts.ts';
import { type Happening, type Listener, listenersOf, lockListeners, type OutboxWriter, writeEvents } from './outbox.ts';

/** The event of an action of the ledger. All that is not here is for the ledger alone, each single deployment before all. */
const eventOfAction = {
  'snapshot.created': 'snapshot.created',
  'release.published': 'release.published',
  'release.imported': 'release.imported',
  'promotion.created': 'promotion.created',
  'promotion.approval_needed': 'promotion.approval_needed',
  'promotion.approved': 'promotion.approved',
  'promotion.rejected': 'promotion.rejected',
  'promotion.started': 'promotion.started',
  'promotion.canceled': 'promotion.canceled',
  'promotion.superseded': 'promotion.superseded',
  'promotion.failed': 'promotion.failed',
  'stage.rolled_back': 'stage.rolled_back',
  // Only if it waits for its approval; else nothing happens yet.
  'rollout.created': 'rollout.approval_needed',
  'wave.awaiting_gate': 'rollout.approval_needed',
  'rollout.started': 'rollout.started',
  'rollout.paused': 'rollout.paused',
  'rollout.resumed': 'rollout.resumed',
  'rollout.succeeded': 'rollout.succeeded',
  'rollout.completed_with_failures': 'rollout.completed_with_failures',
  'rollout.failed': 'rollout.failed',
  'rollout.aborted': 'rollout.aborted',
  'rollout.rolled_back': 'rollout.rolled_back',
  'rollout.rejected': 'rollout.rejected',
  'rollout.superseded': 'rollout.superseded',
  'wave.started': 'wave.started',
  'wave.succeeded': 'wave.succeeded',
  'wave.failed': 'wave.failed',
  'hold.placed': 'hold.placed',
  'hold.lifted': 'hold.lifted',
} as const satisfies Partial<Record<LedgerAction, WebhookEventType>>;

type Candidate = { type: WebhookEventType; entry: NewLedgerEntry };

/** Whether an entry may be something that webhooks are told: cheap, for each entry that is written. */
export function isToldToWebhooks({ action }: Pick<NewLedgerEntry, 'action'>): boolean {
  return Object.hasOwn(eventOfAction, action);
}

function candidatesOf(entries: readonly NewLedgerEntry[]): Candidate[] {
  const types: Partial<Record<LedgerAction, WebhookEventType>> = eventOfAction;
  return entries.flatMap((entry) => {
    const type = types[entry.action];
    return type === undefined ? [] : [{ type, entry }];
  });
}

/** Whether some listener might want it, as far as is known before its facts are read. */
function isWanted(listeners: readonly Listener[], { type, entry }: Candidate): boolean {
  const anywhere = listeners.map((each) => ({ ...each, applicationId: null }));
  return listenersOf(anywhere, { type, organizationId: entry.organizationId, applicationId: null }).length > 0;
}

/** Writes the events of a transaction's ledger entries; called once, at its end. */
export async function tellWebhooks(tx: OutboxWriter, entries: readonly NewLedgerEntry[]): Promise<void> {
  const candidates = candidatesOf(entries);
  if (candidates.length === 0) return;
  const listeners = await lockListeners(
    tx,
    candidates.map(({ entry }) => entry.organizationId),
  );
  const wanted = candidates.filter((each) => isWanted(listeners, each));
  if (wanted.length > 0) await writeEvents(tx, listeners, await happeningsOf(tx, wanted));
}

async function happeningsOf(tx: OutboxWriter, candidates: readonly Candidate[]): Promise<Happening[]> {
  const idsOf = (kind: NewLedgerEntry['target']['kind']): string[] =>
    candidates.filter(({ entry }) => entry.target.kind === kind).map(({ entry }) => entry.target.id);
  const known: Known = {
    snapshots: await readSnapshots(tx, idsOf('snapshot')),
    releases: await readReleases(tx, idsOf('release')),
    promotions: await readPromotions(tx, idsOf('promotion')),
    stages: await readStages(tx, idsOf('stage')),
    rollouts: await readRollouts(tx, [...idsOf('rollout'), ...idsOf('wave').map(rolloutOfWave)]),
    waves: await readWaves(tx, idsOf('wave')),
    holds: await readHolds(tx, idsOf('hold')),
  };
  return candidates.flatMap((candidate) => {
    const told = dataOf(known, candidate);
    if (told === undefined) return [];
    const { type, entry } = candidate;
    return [{ type, organizationId: entry.organizationId, applicationId: told.application.id, data: told }];
  });
}

type Known = {
  snapshots: ReadonlyMap<string, SnapshotFacts>;
  releases: ReadonlyMap<string, ReleaseFacts>;
  promotions: ReadonlyMap<string, PromotionFacts>;
  stages: ReadonlyMap<string, StageFacts>;
  rollouts: ReadonlyMap<string, RolloutFacts>;
  waves: ReadonlyMap<string, WaveFacts>;
  holds: ReadonlyMap<string, HoldFacts>;
};
type Told = WebhookEventData['snapshot' | 'release' | 'promotion' | 'stage' | 'rollout' | 'wave' | 'hold'];

/** A wave is named by its rollout and its index: `<rollout>/<index>`. */
function rolloutOfWave(waveId: string): string {
  return waveId.slice(0, waveId.indexOf('/'));
}

/** Longest reason that is sent: it is a person's text, and an event is short. */
const REASON_LENGTH_MAX = 2_000;

/** Undefined: it is gone again, or this is no event after all. */
function dataOf(known: Known, { type, entry }: Candidate): Told | undefined {
  const { target, action } = entry;
  const actor = { kind: entry.actor.kind, id: entry.actor.id, name: entry.actor.name };
  const reason = entry.reason?.slice(0, REASON_LENGTH_MAX) ?? null;
  if (target.kind === 'snapshot') return given(known.snapshots.get(target.id), (facts) => ({ actor, ...facts }));
  if (target.kind === 'release') return given(known.releases.get(target.id), (facts) => ({ actor, ...facts }));
  if (target.kind === 'hold') return given(known.holds.get(target.id), (facts) => ({ actor, reason, ...facts }));
  if (target.kind === 'promotion') return given(known.promotions.get(target.id), (facts) => ({ actor, reason, ...facts }));
  if (target.kind === 'stage') return given(known.stages.get(target.id), (facts) => ({ actor, reason, ...facts }));
  if (target.kind === 'rollout') {
    const facts = known.rollouts.get(target.id);
    if (action === 'rollout.created' && facts?.rollout.state !== 'pending_approval') return undefined;
    return given(facts, (rollout) => ({ actor, reason, ...rollout, wave: null }));
  }
  const facts = known.rollouts.get(rolloutOfWave(target.id));
  const wave = known.waves.get(target.id)?.wave;
  if (wave === undefined || facts === undefined) return undefined;
  return type === 'rollout.approval_needed' ? { actor, reason, ...facts, wave: wave.index } : { actor, reason, ...facts, wave };
}

function given<F, T>(facts: F | undefined, tell: (facts: F) => T): T | undefined {
  return facts === undefined ? undefined : tell(facts);
}
