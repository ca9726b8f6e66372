import type { DeviceApproval } from '@sluice/contracts';
import { createGroup, type Store } from '@sluice/store';
import { generateSealingKey, generateSigningKey } from '@sluice/trust';

import { SEED_CONTEXT, type SeededOrganization } from './organization.ts';

export type SeedDevicesOptions = {
  count: number;
  /** Names are `<prefix>-00001` and so on (default `device`). */
  prefix?: string;
  approval?: DeviceApproval;
  labels?: Record<string, string>;
  groupIds?: string[];
  /** Last seen; left out: never. */
  seenAt?: Date;
  /** What they say they run and shall run already. */
  running?: { releaseId: string; health: 'healthy' | 'unhealthy' | 'unknown' };
};

/** All devices of one call share one identity key and one sealing key, so that ten thousand are made in a moment. */
export type SeededDevices = { ids: string[]; privateKey: string; sealingPrivateKey: string };

const INVENTORY = { agentVersion: '0.1.0', nodeVersion: '24.0.0', operatingSystem: 'Linux', architecture: 'x64', hostname: 'seeded' };

/** Makes devices with one statement per table. */
export async function seedDevices(
  store: Store,
  organization: Pick<SeededOrganization, 'id'>,
  options: SeedDevicesOptions,
): Promise<SeededDevices> {
  const { count, prefix = 'device', approval = 'approved', labels = {}, groupIds = [], seenAt, running } = options;
  const identity = generateSigningKey();
  const sealing = generateSealingKey();
  return store.transaction(
    async (tx) => {
      const ids = Array.from({ length: count }, () => tx.uuid()).sort();
      await tx.execute(
        `insert into device (id, organization_id, name, labels, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       select id, $1, $2 || '-' || lpad(number::text, 5, '0'), $3, id::text, $4, $5, $6, $7, $8
       from unnest($9::uuid[]) with ordinality as seeded (id, number)`,
        [
          organization.id,
          prefix,
          JSON.stringify(labels),
          identity.publicKey,
          sealing.publicKey,
          approval,
          JSON.stringify(INVENTORY),
          tx.now,
          ids,
        ],
      );
      await tx.execute(
        `insert into device_desired (device_id, organization_id, revision, release_id, changed_at)
       select id, $1, case when $2::uuid is null then 0 else 1 end, $2, $3 from unnest($4::uuid[]) as id`,
        [organization.id, running?.releaseId ?? null, tx.now, ids],
      );
      await tx.execute(
        `insert into device_group_member (group_id, device_id)
       select group_id, id from unnest($1::uuid[]) as group_id cross join unnest($2::uuid[]) as id`,
        [groupIds, ids],
      );
      if (seenAt !== undefined) {
        await tx.execute('insert into device_presence (device_id, last_seen_at) select id, $1 from unnest($2::uuid[]) as id', [
          seenAt,
          ids,
        ]);
      }
      if (running !== undefined) {
        await tx.execute(
          `insert into device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, reported_at)
         select seeded.id, $1, 1, r.digest, r.counter, $2, $3, jsonb_build_object('state', $2::text, 'reasons', '[]'::jsonb), $3
         from unnest($4::uuid[]) as seeded (id) join release r on r.id = $5`,
          [organization.id, running.health, tx.now, ids, running.releaseId],
        );
      }
      return { ids, privateKey: identity.privateKey, sealingPrivateKey: sealing.privateKey };
    },
    { timeoutMs: 60_000 },
  );
}

/** Makes a group; its id. */
export async function seedGroup(store: Store, organization: SeededOrganization, name: string, deviceIds: string[] = []): Promise<string> {
  const group = await store.transaction((tx) => createGroup(tx, organization.id, { name, deviceIds }, SEED_CONTEXT));
  return group.id;
}
