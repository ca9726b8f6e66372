import {
  Assignment,
  payloadTypes as contractPayloadTypes,
  DeviceConfiguration,
  ModuleList,
  ReleaseManifest,
  SealedBox,
  TimeStatement,
} from '@sluice/contracts';
import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parseAssignment } from './assignment.ts';
import { parseDeviceConfiguration } from './configuration.ts';
import { parseModuleList } from './module-list.ts';
import { payloadTypes } from './payload.ts';
import { parseReleaseManifest } from './release.ts';
import { generateSealingKey, seal } from './sealed-box.ts';
import { assignment, deviceId, manifest, moduleList, organizationId } from './testing/fixtures.ts';
import { parseTimeStatement } from './time-statement.ts';

/** Values that are nearly right somewhere. */
const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, 1, -1, 0.5, 1e12, 2 ** 53, '', 'a', 'all', 'node-red', 'A=B', '1.2.3', '%%%', [], {}, [{}]),
  fc.constantFrom(
    organizationId,
    organizationId.toUpperCase(),
    manifest.lockDigest,
    'f'.repeat(65),
    '2026-11-22T07:00:00.000Z',
    '2026-11-22',
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

/** A document with one place (or none) replaced, removed or added. */
function mutated(valid: unknown): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.array(fc.nat(20), { maxLength: 4 }), fc.constantFrom('replace', 'remove', 'add'), oddValues)
    .map(([way, kind, value]) => {
      const copy = { document: structuredClone(valid) };
      let parent: Record<string, unknown> = copy;
      let name = 'document';
      for (const step of way) {
        const next = parent[name];
        if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break;
        parent = next as Record<string, unknown>;
        name = Object.keys(parent)[step % Object.keys(parent).length] ?? name;
      }
      if (kind === 'remove' && !Array.isArray(parent)) delete parent[name];
      else if (kind === 'add' && !Array.isArray(parent)) parent['extra'] = value;
      else parent[name] = value;
      return copy.document;
    });
}

const configuration = { deviceId, salt: 'c2FsdA==', variables: { A: 'x' }, credentials: { n: { password: 'y' } } };

const windows = [
  { opensAt: '2026-11-22T22:00:00.000Z', closesAt: '2026-11-23T02:00:00.000Z' },
  { opensAt: '2026-11-23T22:00:00.000Z', closesAt: '2026-11-24T02:00:00.000Z' },
];

describe('the strict parsers and the contract', () => {
  it.each<[string, TSchema, (value: unknown) => unknown, unknown]>([
    ['release manifest', ReleaseManifest, parseReleaseManifest, manifest],
    ['list of modules', ModuleList, parseModuleList, moduleList],
    ['assignment', Assignment, parseAssignment, assignment],
    ['assignment with windows', Assignment, parseAssignment, { ...assignment, windows }],
    ['time statement', TimeStatement, parseTimeStatement, { organizationId, time: '2026-11-22T07:00:00.000Z' }],
    ['device configuration', DeviceConfiguration, parseDeviceConfiguration, configuration],
  ])('when a parser accepts a %s, the contract accepts it as well, and nothing is lost', (_, schema, parse, valid) => {
    expect(parse(valid)).toEqual(valid);
    expect(Value.Check(schema, valid)).toBe(true);
    let accepted = 0;
    fc.assert(
      fc.property(mutated(valid), (value) => {
        let parsed: unknown;
        try {
          parsed = parse(value);
        } catch (error) {
          expect(error).toMatchObject({ name: 'TrustError', code: 'MALFORMED' });
          return;
        }
        accepted += 1;
        expect(parsed).toEqual(value);
        expect(Value.Check(schema, value)).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('when a box is sealed, it has the form of the contract', () => {
    expect(Value.Check(SealedBox, seal(generateSealingKey().publicKey, new Uint8Array(5), new Uint8Array()))).toBe(true);
  });

  it('when the payload types are compared, they are the same', () => {
    expect(payloadTypes).toEqual(contractPayloadTypes);
  });
});
