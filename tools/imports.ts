// Checks that imports only go down. `node tools/imports.ts`
import { fileURLToPath } from 'node:url';

import { checkImports } from './imports/check.ts';
import { reportFindings } from './source/finding.ts';

// Far fewer files than this means that the checker looked in the wrong place.
const FILES_MIN = 100;

const { checked, findings } = checkImports(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = reportFindings('imports', checked, findings);
if (checked < FILES_MIN) {
  process.stdout.write(`imports: only ${checked} files were seen, at least ${FILES_MIN} must be there\n`);
  process.exitCode = 1;
}
