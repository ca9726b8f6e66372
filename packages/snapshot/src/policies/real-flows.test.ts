import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFlows } from '../flows/parse-flows.ts';
import { checkPolicies, type Finding } from './check-policies.ts';

/** See `flows/real-flows.test.ts`. `SLUICE_SHOW=1` prints what was found, to be read by a person. */
const folder = process.env['SLUICE_REAL_FLOWS'];
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

function findingsIn(name: string): Finding[] {
  const { flows } = parseFlows(new Uint8Array(readFileSync(join(folder ?? '', name))));
  return checkPolicies({ flows, dependencies: { 'node-red': '5.0.7' }, settings: {} }, { stage: { name: 'production', variables: {} } });
}

describe.skipIf(folder === undefined)('flow files from the field', () => {
  it.each(names)('when checking %s, findings are complete and name what is there', (name) => {
    const text = readFileSync(join(folder ?? '', name), 'utf8');
    for (const { message, fix, why, nodeId } of findingsIn(name)) {
      expect(message).toMatch(/^[^a-z].*\.$/s);
      expect(fix).toMatch(/\.$/);
      expect(why).toMatch(/\.$/);
      if (nodeId !== undefined) expect(text).toContain(JSON.stringify(nodeId));
    }
  });

  it('when all are checked, some rules find something', () => {
    const all = names.flatMap((name) => findingsIn(name).map((finding) => ({ name, ...finding })));
    const byRule = Map.groupBy(all, ({ rule }) => rule);
    expect(byRule.size).toBeGreaterThan(5);
    if (process.env['SLUICE_SHOW'] === undefined) return;
    console.table([...byRule].map(([rule, found]) => ({ rule, count: found.length, files: new Set(found.map(({ name }) => name)).size })));
    for (const [rule, found] of byRule) {
      for (const { name, severity, tab, message, subject } of found) {
        console.log(`${rule} ${severity} [${name.slice(0, 24)}] ${tab} ${subject}: ${message}`);
      }
    }
  });
});
