import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sluice/platform/clock';
import { parseDemoArguments, usage } from './arguments.ts';
import { resetControlPlane } from './control-plane.ts';
import { runDemo } from './demo.ts';
import { emptyFolder, takeFolder } from './folder.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const stopping = new AbortController();

async function main(): Promise<number> {
  const options = parseDemoArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const folder = process.env['SLUICE_DATA'] ?? `${root}.sluice/demo`;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(new Error(`Ended by ${signal}.`)));
  await mkdir(folder, { recursive: true });
  const release = await takeFolder(folder);
  try {
    if (options.reset) {
      await resetControlPlane(folder, process.env);
      await emptyFolder(folder);
    }
    return await runDemo({
      options,
      folder,
      root,
      environment: process.env,
      clock: systemClock,
      signal: stopping.signal,
      stdout: process.stdout,
      stderr: process.stderr,
    });
  } finally {
    await release();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (stopping.signal.aborted) {
      process.stderr.write('\nEnded before the story was over; nothing is left running. The next start tells it from the beginning.\n');
      process.exit(130);
    }
    process.stderr.write(`\nThe demo could not go on: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
