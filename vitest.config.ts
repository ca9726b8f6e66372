import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const exclude = ['**/node_modules/**', '**/dist/**', '**/generated/**', 'e2e/**', '.sluice/**'];
// One Postgres server for the whole run, with a template database that every test file clones.
const globalSetup = fileURLToPath(new URL('packages/testkit/src/global-setup.ts', import.meta.url));

/**
 * Where processes that tests start keep what they have compiled: half of the time that a control plane takes to start. Not the tests' own, which
 * load code from folders that are gone the next time.
 */
const compileCache = fileURLToPath(new URL('node_modules/.cache/sluice/compiled', import.meta.url));

/** Whole programs with real processes take longest: they begin first, so that nobody waits for the last of them alone. */
class WholeProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isWhole = ({ moduleId }: TestSpecification): boolean => /\/apps\/(agent|standalone)\/test\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isWhole), ...sorted.filter((file) => !isWhole(file))];
  }
}

export default defineConfig({
  test: {
    watch: false,
    maxWorkers: 2,
    sequence: { sequencer: WholeProgramsFirst },
    projects: [
      {
        test: {
          name: 'unit',
          // Pure code leaves nothing behind: loading it once a worker instead of once a file halves the run.
          isolate: false,
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...exclude, '**/*.integration.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'integration',
          env: { NODE_COMPILE_CACHE: compileCache },
          // Each file makes its own servers and databases and closes them; what they are made of is loaded once a worker.
          isolate: false,
          include: ['**/*.integration.test.ts'],
          exclude,
          globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
          // Real processes on a busy machine: generous bounds, because a test waits for conditions and not for times.
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
