/** What events say about the things they are about, read at the end of their transaction: one statement for each kind of thing. */
import type { WebhookEventData } from '@sluice/contracts';
import { prepared } from '../base/prepared.ts';
import type { Reader } from '../base/reader.ts';

type Data = WebhookEventData;
type WithoutActor<D> = Omit<D, 'actor' | 'reason'>;

export type SnapshotFacts = WithoutActor<Data['snapshot']>;
export type ReleaseFacts = WithoutActor<Data['release']>;
export type PromotionFacts = WithoutActor<Data['promotion']>;
export type StageFacts = WithoutActor<Data['stage']>;
export type RolloutFacts = Omit<Data['rollout'], 'actor' | 'reason' | 'wave'>;
export type WaveFacts = { wave: Data['wave']['wave'] };
export type HoldFacts = WithoutActor<Data['hold']>;

const application = `jsonb_build_object('id', a.id, 'name', a.name)`;
const release = `jsonb_build_object('id', l.id, 'name', l.name, 'counter', l.counter)`;
const stage = `case when s.id is null then null else jsonb_build_object('id', s.id, 'name', s.name) end`;

type Row<F> = { id: string; facts: F };

async function read<F>(reader: Reader, text: string, ids: readonly string[]): Promise<ReadonlyMap<string, F>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.query<Row<F>>(text, [[...new Set(ids)]]);
  return new Map(rows.map((row) => [row.id, row.facts]));
}

const SNAPSHOTS = prepared(
  `select t.id, jsonb_build_object('application', ${application}, 'snapshot',
            jsonb_build_object('id', t.id, 'number', t.number, 'digest', t.digest, 'message', left(t.message, 2000))) as facts
   from snapshot t join application a on a.id = t.application_id where t.id = any($1::uuid[])`,
);
export const readSnapshots = (reader: Reader, ids: readonly string[]) => read<SnapshotFacts>(reader, SNAPSHOTS, ids);

const RELEASES = prepared(
  `select l.id, jsonb_build_object('application', ${application},
            'release', ${release} || jsonb_build_object('digest', l.digest, 'snapshotId', l.snapshot_id)) as facts
   from release l join application a on a.id = l.application_id where l.id = any($1::uuid[])`,
);
export const readReleases = (reader: Reader, ids: readonly string[]) => read<ReleaseFacts>(reader, RELEASES, ids);

const ROLLOUTS = prepared(
  `select r.id, jsonb_build_object('application', ${application}, 'release', ${release}, 'stage', ${stage}, 'rollout',
            jsonb_build_object('id', r.id, 'kind', r.kind, 'state', r.state, 'size', r.size, 'rollbackOf', r.rollback_of)) as facts
   from rollout r join application a on a.id = r.application_id join release l on l.id = r.release_id left join stage s on s.id = r.stage_id
   where r.id = any($1::uuid[])`,
);
export const readRollouts = (reader: Reader, ids: readonly string[]) => read<RolloutFacts>(reader, ROLLOUTS, ids);

const WAVES = prepared(
  `select w.rollout_id || '/' || w.index as id, jsonb_build_object('wave',
            jsonb_build_object('index', w.index, 'state', w.state, 'size', w.size, 'counts', w.counts)) as facts
   from unnest($1::text[]) as n (name)
   join wave w on w.rollout_id = split_part(n.name, '/', 1)::uuid and w.index = split_part(n.name, '/', 2)::int`,
);
/** By `<rollout>/<index>`, as the ledger names waves. */
export const readWaves = (reader: Reader, ids: readonly string[]) => read<WaveFacts>(reader, WAVES, ids);

const HOLDS = prepared(
  `select h.id, jsonb_build_object('application', ${application}, 'stage', ${stage}, 'hold',
            jsonb_build_object('id', h.id, 'releaseId', h.release_id, 'rolloutId', h.rollout_id)) as facts
   from rollout_hold h join stage s on s.id = h.stage_id join pipeline p on p.id = s.pipeline_id join application a on a.id = p.application_id
   where h.id = any($1::uuid[])`,
);
export const readHolds = (reader: Reader, ids: readonly string[]) => read<HoldFacts>(reader, HOLDS, ids);

const PROMOTIONS = prepared(
  `select p.id, jsonb_build_object('application', ${application}, 'release', ${release}, 'stage', ${stage}, 'promotion',
            jsonb_build_object('id', p.id, 'state', p.state, 'origin', p.origin, 'rolloutId', p.rollout_id)) as facts
   from promotion p join application a on a.id = p.application_id join release l on l.id = p.release_id join stage s on s.id = p.stage_id
   where p.id = any($1::uuid[])`,
);
export const readPromotions = (reader: Reader, ids: readonly string[]) => read<PromotionFacts>(reader, PROMOTIONS, ids);

const STAGES = prepared(
  `select s.id, jsonb_build_object('application', ${application}, 'stage', ${stage}) as facts
   from stage s join pipeline p on p.id = s.pipeline_id join application a on a.id = p.application_id where s.id = any($1::uuid[])`,
);
export const readStages = (reader: Reader, ids: readonly string[]) => read<StageFacts>(reader, STAGES, ids);
