import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PipelineEligibility } from '@sluice/contracts';
import { startNodeChild, systemRandom } from '@sluice/platform';
import { applyMigrations } from '@sluice/store';
import { createControlPlaneClient, startTestPostgres } from '@sluice/testkit';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { median, rounded } from '../statistics.ts';
import { measureVariables } from '../variables/index.ts';
import { createEligibilityWorld, type EligibilityWorld } from './world.ts';

const size = { releases: 500, stages: 20 };
/** Of each side in a round, in turn; the machine does other things meanwhile, and the quickest is what the code needs. */
const repetitions = 3;
const apiEntry = fileURLToPath(new URL('../../apps/api/src/main.ts', import.meta.url));

/** What a page that shows the same rows without any answer would ask: every release in every stage, with its newest rollout there. */
const plainQuery = `
  SELECT l.id AS "releaseId", l.name AS "releaseName", l.counter, s.id AS "stageId", s.name AS "stageName", s.gates, r.id AS "rolloutId", r.state,
         r.created_by AS "createdBy", r.created_at AS "createdAt", r.started_at AS "startedAt", r.finished_at AS "finishedAt",
         r.replaced_at AS "replacedAt"
    FROM release l CROSS JOIN stage s LEFT JOIN rollout r ON r.stage_id = s.id AND r.release_id = l.id
   WHERE s.pipeline_id = $1 AND l.application_id = $2
   ORDER BY l.counter DESC, s.position`;

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

type Measured = { requestMs: number; plainMs: number };

async function measure(world: EligibilityWorld, ask: () => Promise<PipelineEligibility>, options: BenchmarkOptions): Promise<Measured[]> {
  const plain = async (): Promise<void> => {
    const rows = await world.store.query(plainQuery, [world.pipelineId, world.applicationId]);
    if (rows.length !== world.cells) throw new Error(`${rows.length} rows instead of ${world.cells}`);
  };
  const rounds: Measured[] = [];
  // The first rounds only warm up.
  for (let round = -1; round <= options.rounds; round += 1) {
    const quickest: Measured = { requestMs: Number.POSITIVE_INFINITY, plainMs: Number.POSITIVE_INFINITY };
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      quickest.requestMs = Math.min(quickest.requestMs, await timeMs(ask));
      quickest.plainMs = Math.min(quickest.plainMs, await timeMs(plain));
    }
    if (round < 1) continue;
    options.say(`round ${round}: request ${quickest.requestMs.toFixed(1)} ms, plain query ${quickest.plainMs.toFixed(1)} ms`);
    rounds.push(quickest);
  }
  return rounds;
}

async function measureEligibility(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const postgres = await startTestPostgres();
  let world: EligibilityWorld | undefined;
  try {
    await applyMigrations(postgres.connectionString);
    const password = Buffer.from(systemRandom.randomBytes(18)).toString('base64url');
    const environment = {
      DATABASE_URL: postgres.connectionString,
      SLUICE_MASTER_KEY: Buffer.from(systemRandom.randomBytes(32)).toString('base64'),
      SLUICE_OWNER_PASSWORD: password,
      SLUICE_PORT: '0',
      SLUICE_DATA: folder,
      SLUICE_LOG_LEVEL: 'warn',
    };
    const production = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...environment };
    const child = await startNodeChild({ name: 'api', entry: apiEntry, nodeArgs: [], environment: production, ready: 'message' });
    try {
      const client = createControlPlaneClient(String(child.readyDetails['address']));
      await client.signIn({ email: 'owner@localhost', password });
      const organizationId = client.organizationPath().split('/').at(-1) ?? '';
      world = await createEligibilityWorld(postgres.connectionString, { organizationId, ...size });
      const { pipelineId } = world;
      const ask = () => client.get<PipelineEligibility>(`/pipelines/${pipelineId}/eligibility?limit=${size.releases}`);
      const cells = (await ask()).items.flatMap((item) => item.stages);
      const blockers = cells.reduce((sum, cell) => sum + cell.blockers.length, 0);
      if (cells.length !== world.cells) throw new Error(`${cells.length} answers instead of ${world.cells}`);
      const rounds = await measure(world, ask, options);
      return {
        figures: {
          ...size,
          cells: cells.length,
          eligible: cells.filter(({ isEligible }) => isEligible).length,
          blockers,
          requestMs: rounded(median(rounds.map(({ requestMs }) => requestMs))),
          plainMs: rounded(median(rounds.map(({ plainMs }) => plainMs))),
        },
        ratios: { eligibility: rounded(median(rounds.map(({ requestMs, plainMs }) => requestMs / plainMs))) },
      };
    } finally {
      child.kill('SIGTERM');
      await child.exited;
    }
  } finally {
    await world?.store.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Eligibility asks which variables devices lack: what resolving those costs belongs to its figures. */
async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const answers = await measureEligibility(options);
  const resolved = await measureVariables(options);
  return { figures: { ...answers.figures, ...resolved.figures }, ratios: { ...answers.ratios, ...resolved.ratios } };
}

/** A whole pipeline's eligibility over HTTP from a real api process, against a plain query of the same rows. */
export const eligibility: Benchmark = {
  name: 'eligibility',
  summary:
    'Eligibility and blockers of 500 releases × 20 stages in one request ÷ one plain query of the same rows (goal: at most 10); growth of variables.',
  run,
};
