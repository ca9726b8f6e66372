import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const systemChromium = process.env['SLUICE_CHROMIUM'] ?? '/usr/bin/chromium';
const isRoot = process.getuid?.() === 0;

// What a browser does by itself, besides what a test asks of it.
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];

export default defineConfig({
  testDir: '.',
  outputDir: 'test-results',
  globalSetup: fileURLToPath(new URL('support/global-setup.ts', import.meta.url)),
  // Each file has a control plane of its own; two cores carry one of them well.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  // Real processes on a busy machine: generous bounds, because a test waits for conditions and not for times.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    launchOptions: {
      // Where no system browser is, Playwright's own one is used: `npx playwright install chromium`.
      ...(existsSync(systemChromium) ? { executablePath: systemChromium } : {}),
      args: [...quiet, ...(isRoot ? ['--no-sandbox'] : [])],
    },
  },
  projects: [
    // One project, so that both share a control plane.
    { name: 'console', testMatch: /(console|editor)\/.*\.spec\.ts$/ },
    { name: 'story', testDir: 'story' },
  ],
});
