import { fileURLToPath } from 'node:url';
import { buildAgentBundle } from './src/build.ts';

await buildAgentBundle(fileURLToPath(new URL('./dist', import.meta.url)));
