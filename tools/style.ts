// The style test: sizes, names, words, edges, links. `node tools/style.ts`
import { fileURLToPath } from 'node:url';

import { reportFindings } from './source/finding.ts';
import { checkStyle } from './style/check.ts';

// Far fewer files than this means that the checker looked in the wrong place.
const FILES_MIN = 150;

const { checked, findings } = checkStyle(fileURLToPath(new URL('..', import.meta.url)));
process.exitCode = reportFindings('style', checked, findings);
if (checked < FILES_MIN) {
  process.stdout.write(`style: only ${checked} files were seen, at least ${FILES_MIN} must be there\n`);
  process.exitCode = 1;
}
