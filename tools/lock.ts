// Completes package-lock.json after an `npm install` against a registry that lacks the builds for other platforms. `node tools/lock.ts`
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { completeLock, type Lock, missingEntries } from './lock/complete.ts';

const PATH = fileURLToPath(new URL('../package-lock.json', import.meta.url));

const lock: Lock = JSON.parse(readFileSync(PATH, 'utf8'));
const missing = missingEntries(lock);
if (missing.size > 0) writeFileSync(PATH, `${JSON.stringify(completeLock(lock), undefined, 2)}\n`);
process.stdout.write(`package-lock.json: ${missing.size} entries added\n`);
