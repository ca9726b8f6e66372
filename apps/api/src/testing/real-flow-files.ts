import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of flow files from the field, which are not ours to ship: `SLUICE_REAL_FLOWS=<folder> npx vitest run apps/api/src/modules/snapshots`. */
const folder = process.env['SLUICE_REAL_FLOWS'];

/** The names of those files; none without the folder. */
export const realFlowFiles: readonly string[] = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

export function readRealFlows(name: string): Uint8Array {
  return readFileSync(join(folder ?? '', name));
}
