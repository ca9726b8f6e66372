import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variablesUsed } from '../variables/variables-used.ts';
import { parseFlows } from './parse-flows.ts';

/** A folder of flow files from the field, which are not ours to ship: `SLUICE_REAL_FLOWS=<folder> npx vitest run packages/snapshot`. */
const folder = process.env['SLUICE_REAL_FLOWS'];
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.skipIf(folder === undefined)('flow files from the field', () => {
  it('when the folder is given, it holds files', () => {
    expect(names.length).toBeGreaterThan(0);
  });

  it.each(names)('when reading %s, everything is kept but inline credentials', (name) => {
    const bytes = readFileSync(join(folder ?? '', name));
    const parsed = parseFlows(new Uint8Array(bytes));
    const value = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    const nodes: Record<string, unknown>[] = Array.isArray(value) ? value : (value.flows.flows ?? value.flows);
    const expected = nodes.map(({ credentials, ...node }) => node);
    expect(Buffer.from(parsed.bytes).toString()).toBe(JSON.stringify(expected));
    expect(parsed.revision).toBe(createHash('sha256').update(JSON.stringify(expected)).digest('hex'));
    for (const variable of variablesUsed(parsed.flows)) expect(bytes.toString('utf8')).toContain(variable);
  });
});
