import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProbe } from '@sluice/probe';
import { build } from 'esbuild';

/** Bundles the agent into `folder/sluice-agent.mjs`, with the probe beside it. Both run on Node 20 and later with nothing else installed. */
export async function buildAgentBundle(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'sluice-agent.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    legalComments: 'none',
    logLevel: 'warning',
  });
  await buildProbe(join(folder, 'probe'));
  return file;
}
