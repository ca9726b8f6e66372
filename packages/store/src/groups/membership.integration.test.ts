import { matchesSelector, parseSelector, type Selector, type SelectorSubject } from '@sluice/selector';
import { createTestStore, seedApplication, seedOrganization, seedRelease, type TestStore } from '@sluice/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countMembers } from './count-members.ts';
import { groupsOfSql, membersSql } from './membership.ts';
import { setSelector } from './selector-row.ts';

let world: TestStore;
beforeAll(async () => {
  world = await createTestStore();
});
afterAll(() => world.close());

const versions = ['4.0.9', '4.1.0', '4.1.0-beta.2', '4.1.0-beta.10', 'v5', '5.0.0+build', '10.0', 'git', ''];
const values = ['a', 'b', '', '3', '12', '4.1.0', '4.1.0-beta.10'];
const keys = ['site', 'tier', 'slot', 'in'];
const names = ['oven', 'line 2', 'ofen "ü"'];

/** A device; `release`: the number of the one it says it runs. Ages are far enough from the bounds that are asked for. */
const someDevice = fc.record({
  labels: fc.dictionary(fc.constantFrom(...keys), fc.constantFrom(...values), { maxKeys: 4 }),
  approval: fc.constantFrom('pending', 'approved', 'revoked', 'quarantined'),
  agent: fc.constantFrom(...versions),
  unseenMs: fc.option(fc.constantFrom(1_800_000, 5 * 86_400_000, 40 * 86_400_000)),
  observed: fc.option(
    fc.record({
      release: fc.option(fc.nat(1)),
      health: fc.constantFrom('healthy', 'unhealthy', 'unknown'),
      nodeRed: fc.option(fc.constantFrom(...versions)),
    }),
  ),
});
type SomeDevice = typeof someDevice extends fc.Arbitrary<infer T> ? T : never;

const comparison = fc.constantFrom('<', '<=', '>', '>=');
const choice = (key: string, from: readonly string[]): fc.Arbitrary<string> => {
  const quoted = from.map((value) => JSON.stringify(value));
  return fc.oneof(
    fc.tuple(fc.constantFrom('=', '!='), fc.constantFrom(...quoted)).map(([operator, value]) => `${key}${operator}${value}`),
    fc
      .tuple(fc.constantFrom('in', 'notin'), fc.uniqueArray(fc.constantFrom(...quoted), { minLength: 1, maxLength: 3 }))
      .map(([operator, list]) => `${key} ${operator} (${list.join(', ')})`),
    fc.constantFrom(key, `!${key}`),
  );
};
const someLabel = fc.constantFrom(...keys, 'missing');
const someRequirement = fc.oneof(
  { weight: 4, arbitrary: someLabel.chain((key) => choice(key, values)) },
  fc
    .tuple(fc.oneof(someLabel, fc.constantFrom('@node-red', '@agent')), comparison, fc.constantFrom('4', '4.1.0-beta.3', '10'))
    .map((parts) => parts.join('')),
  fc.tuple(fc.constant('@counter'), comparison, fc.constantFrom('0', '1', '2')).map((parts) => parts.join('')),
  fc.tuple(fc.constant('@seen'), comparison, fc.constantFrom('1h', '30d')).map((parts) => parts.join('')),
  fc.constantFrom('@seen', '!@seen'),
  choice('@health', ['healthy', 'unhealthy', 'unknown']),
  choice('@approval', ['approved', 'pending']),
  choice('@name', ['device 3', 'device 4']),
  choice('@node-red', ['4.1.0', '4.1.0-beta.2']),
  choice('@application', names),
  choice('@release', ['v1', 'none']),
  choice(
    '@release',
    names.map((name) => `${name}/v1`),
  ),
);

/** `foreignId`: another organization, with one device and one group, both named `foreign`. */
type World = {
  organizationId: string;
  foreignId: string;
  releases: { name: string; application: string; digest: string; counter: number }[];
};

function subjectOf({ releases }: World, { labels, approval, agent, unseenMs, observed }: SomeDevice, index: number): SelectorSubject {
  const release = observed?.release == null ? undefined : releases[observed.release];
  const facts = {
    '@name': `device ${index}`,
    '@approval': approval,
    '@health': observed?.health ?? 'unknown',
    '@application': release?.application ?? null,
    '@release': release?.name ?? null,
    '@application/release': release === undefined ? null : `${release.application}/${release.name}`,
    '@counter': release === undefined ? null : String(release.counter),
    '@digest': release?.digest ?? null,
    '@node-red': observed?.nodeRed ?? null,
    '@node': '24.0.0',
    '@agent': agent,
  };
  return { labels, facts, unseenMs };
}

async function seedWorld(): Promise<World> {
  const { store } = world;
  const organization = await seedOrganization(store);
  const releases = [];
  for (const name of names.slice(1)) {
    const application = await seedApplication(store, organization, name);
    const { release } = await seedRelease(store, organization, { applicationId: application.id });
    releases.push({ name: release.name, application: name, digest: release.digest, counter: release.counter });
  }
  return { organizationId: organization.id, foreignId: (await seedOrganization(store)).id, releases };
}

async function replaceDevices({ organizationId, foreignId, releases }: World, devices: readonly SomeDevice[]): Promise<void> {
  const rows = devices.map(({ observed, ...device }, index) => {
    const release = observed?.release == null ? undefined : releases[observed.release];
    return {
      ...device,
      name: `device ${index}`,
      ...observed,
      digest: release?.digest,
      counter: release?.counter,
      observed: observed !== null,
    };
  });
  await world.store.transaction(async (tx) => {
    await tx.execute('DELETE FROM device_presence');
    await tx.execute('DELETE FROM device_observed');
    await tx.execute('DELETE FROM device');
    await tx.execute(
      `INSERT INTO device (id, organization_id, name, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       VALUES (gen_random_uuid(), $1, 'foreign', 'f', 'f', 'f', 'approved', '{}', now())`,
      [foreignId],
    );
    const seeded = `jsonb_to_recordset($2::jsonb) AS s (name text, labels jsonb, approval text, agent text, "unseenMs" float8, observed boolean,
      health text, "nodeRed" text, digest text, counter int)`;
    await tx.execute(
      `INSERT INTO device (id, organization_id, name, labels, hardware_id, public_key, sealing_key, approval, inventory, created_at)
       SELECT gen_random_uuid(), $1, s.name, s.labels, s.name, s.name, s.name, s.approval, jsonb_build_object('agentVersion', s.agent, 'nodeVersion', '24.0.0'), now()
         FROM ${seeded}`,
      [organizationId, JSON.stringify(rows)],
    );
    await tx.execute(
      `INSERT INTO device_presence (device_id, last_seen_at)
       SELECT v.id, now() - s."unseenMs" * interval '1 millisecond' FROM ${seeded} JOIN device v ON v.organization_id = $1 AND v.name = s.name
        WHERE s."unseenMs" IS NOT NULL`,
      [organizationId, JSON.stringify(rows)],
    );
    await tx.execute(
      `INSERT INTO device_observed (device_id, organization_id, revision, running_digest, running_counter, health, health_since, verdict, runtime, reported_at)
       SELECT v.id, $1, 1, s.digest, s.counter, s.health, now(), '{}', jsonb_strip_nulls(jsonb_build_object('runtimeVersion', s."nodeRed")), now()
         FROM ${seeded} JOIN device v ON v.organization_id = $1 AND v.name = s.name WHERE s.observed`,
      [organizationId, JSON.stringify(rows)],
    );
  });
}

function read(text: string): Selector {
  const parsed = parseSelector(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem.message}`);
  return parsed.selector;
}

async function replaceGroups(
  { organizationId, foreignId }: World,
  selectors: readonly { text: string; selector: Selector }[],
): Promise<void> {
  await world.store.transaction(async (tx) => {
    await tx.execute('DELETE FROM device_group');
    await tx.execute(
      `INSERT INTO device_group (id, organization_id, name, created_at)
       SELECT gen_random_uuid(), $1, number::text, now() FROM generate_series(0, $2::int - 1) AS number`,
      [organizationId, selectors.length],
    );
    const groups = await tx.query<{ id: string; name: string }>('SELECT id, name FROM device_group');
    const foreign = tx.uuid();
    await tx.execute(`INSERT INTO device_group (id, organization_id, name, created_at) VALUES ($1, $2, 'foreign', now())`, [
      foreign,
      foreignId,
    ]);
    await setSelector(tx, foreignId, foreign, { text: '@name', selector: read('@name') });
    for (const { id, name } of groups) {
      const selector = selectors[Number(name)];
      if (selector !== undefined) await setSelector(tx, organizationId, id, selector);
    }
  });
}

type Pair = { selector: string; device: string };
const membersOfGroups = `SELECT g.name AS selector, v.name AS device FROM device_group g CROSS JOIN LATERAL ${membersSql('g.id')} m JOIN device v ON v.id = m.device_id`;
const groupsOfDevices = `SELECT g.name AS selector, v.name AS device FROM device v CROSS JOIN LATERAL ${groupsOfSql('v.id')} m JOIN device_group g ON g.id = m.group_id`;

it('when devices and selectors are random, Postgres selects whom the pure evaluator selects, asked from either side, and counts them', async () => {
  const seeded = await seedWorld();
  const someSelectors = fc.array(fc.array(someRequirement, { minLength: 1, maxLength: 4 }), { minLength: 60, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(someDevice, { minLength: 25, maxLength: 40 }), someSelectors, async (devices, requirements) => {
      const selectors = requirements.map((parts) => ({ text: parts.join(','), selector: read(parts.join(',')) }));
      await replaceDevices(seeded, devices);
      await replaceGroups(seeded, selectors);
      const wrong = (pairs: readonly Pair[]): string[] => {
        const named = [pairs, expected].map((some) =>
          some.map(({ selector, device }) => `${device} fulfils ${selectors[Number(selector)]?.text}`),
        );
        const [found = [], wanted = []] = named;
        expect(found.length, 'each pair once').toBe(new Set(pairs.map(({ selector, device }) => `${selector} ${device}`)).size);
        const [isFound, isWanted] = [new Set(found), new Set(wanted)];
        return [...found.filter((pair) => !isWanted.has(pair)), ...wanted.filter((pair) => !isFound.has(pair))].slice(0, 3);
      };
      const own = selectors.flatMap(({ selector }, number) =>
        devices.flatMap((device, index) =>
          matchesSelector(selector, subjectOf(seeded, device, index)) ? [{ selector: `${number}`, device: `device ${index}` }] : [],
        ),
      );
      const expected = [...own, { selector: 'foreign', device: 'foreign' }];
      expect(wrong(await world.store.query<Pair>(membersOfGroups))).toEqual([]);
      expect(wrong(await world.store.query<Pair>(groupsOfDevices))).toEqual([]);
      const groups = await world.store.query<{ id: string; name: string; selector: string }>(
        `SELECT g.id, g.name, s.text AS selector FROM device_group g JOIN device_group_selector s ON s.group_id = g.id WHERE g.organization_id = $1`,
        [seeded.organizationId],
      );
      const counts = await countMembers(world.store, seeded.organizationId, groups);
      for (const { id, name, selector } of groups) {
        expect(counts.get(id), `members of ${selector}`).toBe(own.filter((pair) => pair.selector === name).length);
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});
