// The door of `npm run demo|start|test|bench|sim`: runs on the machine's own Node before anything is installed, so it uses no dependency
// and, up to the version check, no syntax that an old Node cannot read.
import process from 'node:process';

const FLOOR_MAJOR = 20;
const FLOOR_MINOR = 19;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < FLOOR_MAJOR || (major === FLOOR_MAJOR && minor < FLOOR_MINOR)) {
  process.stderr.write(
    `Sluice needs Node ${FLOOR_MAJOR}.${FLOOR_MINOR} or newer to start; this is ${process.versions.node}.\n` +
      'Install a newer Node (https://nodejs.org/en/download) and run the same command again.\n',
  );
  process.exit(1);
}

const { main } = await import('./bootstrap/main.mjs');
await main(process.argv.slice(2));
