// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.
// A seeded fuzz of everything that reads what people hand in. Longer: SLUICE_FUZZ_RUNS=200000 SLUICE_FUZZ_SEED=7 npx vitest run packages/capture/src/import-fuzz
import { seededRandom } from '@sluice/platform/testing';
import { readUpload, SnapshotError, writeZip } from '@sluice/snapshot';
import { expect, it } from 'vitest';
import { CaptureError } from './capture-error.ts';
import { createCaptures } from './captures.ts';
import { requestOfFiles } from './file-parts.ts';

const runs = Number(process.env['SLUICE_FUZZ_RUNS'] ?? 1_200);
const seed = Number(process.env['SLUICE_FUZZ_SEED'] ?? 20_261_122);
const key = new Uint8Array(32).fill(7);

const flows = [
  { id: 't', type: 'tab', label: 'Füllen 🍾', env: [{ name: 'A', value: '${B}', type: 'str' }] },
  { id: 'b', type: 'mqtt-broker', z: '', broker: '$(HOST)', port: '1883', credentials: { user: 'u' } },
  { id: 'f', type: 'function', z: 't', func: 'return env.get("X");\r\n', x: 1.5, wires: [['b'], 'flat'] },
];
const lock = {
  lockfileVersion: 3,
  packages: { '': { dependencies: { 'node-red': '5.0.7' } }, 'node_modules/node-red': { version: '5.0.7' } },
};
const documents: Record<string, unknown> = {
  'flows.json': flows,
  'flows_cred.json': { b: { password: 'p' } },
  'package.json': { dependencies: { 'node-red': '5.0.7' }, 'node-red': { settings: { flowFile: 'flows.json' } }, sluice: { project: {} } },
  'package-lock.json': lock,
  'settings.json': { lang: 'de' },
  'variables.json': [{ name: 'HOST', required: true, secret: false, default: 'x' }],
};
const flowFuse = {
  name: 'v1',
  flows: { flows, credentials: { b: { password: 'p' } } },
  settings: { env: { A: '1', B: { hidden: true } }, modules: { 'node-red': '5.0.7' } },
  sluice: { project: {}, lock, settings: {}, variables: [] },
};
const singleFlow = { id: 't', label: 'x', nodes: flows.slice(2), configs: [flows[1]], subflows: [{ id: 's', type: 'subflow', nodes: [] }] };
/** What breaks parsers, put where something else was. */
const splinters = [
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '..',
  '/',
  '\\',
  '[[[[[[[[',
  '{"a":',
  'null',
  '-0',
  '\\ud800',
  '\\u0000',
  '1e999',
  '"',
  '\uFEFF',
  '${',
  '\r',
  '[]',
  '{}',
];

type Source = (below: number) => number;

function randomSource(): Source {
  const random = seededRandom(seed);
  return (below) => Buffer.from(random.randomBytes(4)).readUInt32LE() % below;
}

function mutate(bytes: Buffer, next: Source): Buffer {
  const at = next(bytes.length + 1);
  switch (next(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([next(256)]), bytes.subarray(at + 1)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + next(20)))]);
    case 2:
      return bytes.subarray(0, at);
    case 3: {
      const from = next(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + next(60)), bytes.subarray(at)]);
    }
    case 4: {
      // A number of a header: sizes, offsets, counts.
      const copy = Buffer.from(bytes);
      if (copy.length >= 4) copy.writeUInt32LE([0, 1, 0xffff, 0xffff_ffff, next(1000)][next(5)] ?? 0, next(copy.length - 3));
      return copy;
    }
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(splinters[next(splinters.length)] ?? ''), bytes.subarray(at + next(3))]);
  }
}

function seedFile(next: Source): Buffer {
  const kind = next(5);
  if (kind === 0) return Buffer.from(JSON.stringify(flows));
  if (kind === 1) return Buffer.from(JSON.stringify(flowFuse));
  if (kind === 2) return Buffer.from(JSON.stringify(singleFlow));
  // An archive that is whole, with documents that are not: past its checksums.
  const broken = kind === 3 ? next(6) : -1;
  const files = Object.entries(documents).map(([name, document], index) => {
    const bytes = Buffer.from(JSON.stringify(document));
    return [next(8) === 0 ? `p/${name}` : name, index === broken ? mutate(bytes, next) : bytes] as const;
  });
  return Buffer.from(writeZip(new Map(files)));
}

it('when files are broken in any way, each is read or refused with a reason, and nothing else happens', () => {
  const next = randomSource();
  const sealer = () => Promise.reject(new Error('nothing is kept here'));
  const captures = createCaptures({ keyring: { sealer }, saltKey: key });
  const outcomes = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    let file = seedFile(next);
    for (let count = next(4); count > 0; count -= 1) file = mutate(file, next);
    let outcome = 'read';
    try {
      captures.prepare(requestOfFiles(readUpload(file)));
    } catch (error) {
      if (!(error instanceof SnapshotError || error instanceof CaptureError)) {
        throw new Error(`run ${run} of seed ${seed}: ${file.toString('base64')}`, { cause: error });
      }
      outcome = error.code;
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(Object.keys({ ...({} as object) })).toEqual([]);
  for (const name of ['a', 'flows', 'sluice', 'password']) expect(Reflect.get({}, name)).toBeUndefined();
  // It reached what it is meant to reach.
  const codes = [
    'read',
    'ARCHIVE_MALFORMED',
    'FLOWS_MALFORMED',
    'FLOWS_NOT_FOUND',
    'PACKAGE_MALFORMED',
    'PROJECT_MALFORMED',
    'LOCK_MALFORMED',
  ];
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining(codes));
});
