import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The browser tests what is built: without a build they would all fail for a reason that none of them says. */
// biome-ignore lint/style/noDefaultExport: Playwright takes the global setup from here
export default function globalSetup(): void {
  const page = fileURLToPath(new URL('../../apps/console/dist/index.html', import.meta.url));
  if (!existsSync(page)) throw new Error('The console is not built: run "npm run build -w @sluice/console" first.');
}
