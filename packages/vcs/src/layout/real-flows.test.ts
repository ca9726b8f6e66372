import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFlows } from '@sluice/snapshot';
import { describe, expect, it } from 'vitest';
import { readFlows } from './read-flows.ts';
import { writeFlows } from './write-flows.ts';

/** A folder of flow files from the field, which are not ours to ship: `SLUICE_REAL_FLOWS=<folder> npx vitest run packages/vcs`. */
const folder = process.env['SLUICE_REAL_FLOWS'];
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

describe.skipIf(folder === undefined)('flow files from the field', () => {
  it('when the folder is given, it holds files', () => {
    expect(names.length).toBeGreaterThan(0);
  });

  it.each(names)('when %s is laid out as files and read back, every byte is the same', (name) => {
    const parsed = parseFlows(readFileSync(join(folder ?? '', name)));
    const files = writeFlows(parsed.flows);
    expect(JSON.stringify(readFlows(files))).toBe(Buffer.from(parsed.bytes).toString());
  });
});
