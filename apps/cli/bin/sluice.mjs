#!/usr/bin/env node
// Starts the command on the Node that runs it: 22.18 and later read TypeScript as it is, earlier ones are asked to.
import { spawnSync } from 'node:child_process';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`sluice: Node ${process.versions.node} is too old. Run it with Node 22.12 or later.\n`);
  process.exitCode = 1;
} else if (process.features.typescript) {
  // What was compiled once is kept in the folder for temporary files: the next start takes half the time.
  enableCompileCache();
  await import(main.href);
} else {
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
  const ended = spawnSync(process.execPath, [...flags, fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = ended.status ?? 1;
}
