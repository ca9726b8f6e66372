import type { Release, RolloutState } from '@sluice/contracts';
import { observedLine, type Site, type StageName, sites } from '../sites.ts';
import type { StoryContext } from './context.ts';
import { devicesByName, type EndedPromotion } from './promote.ts';
import { until } from './until.ts';

const settleLimitMs = 20_000;

/** Checks claims, says each aloud and remembers those that do not hold. */
export class Claims {
  readonly failures: string[] = [];
  readonly #context: StoryContext;

  constructor(context: StoryContext) {
    this.#context = context;
  }

  check(holds: boolean, sentence: string): void {
    this.#context.narrator.claim(holds, sentence);
    if (!holds) this.failures.push(sentence);
  }

  /** As `check`, for what becomes true within seconds: a report, the next poll of a PLC. */
  async becomesTrue(sentence: string, probe: () => Promise<boolean> | boolean): Promise<void> {
    const holds = await until(sentence, async () => ((await probe()) ? true : undefined), {
      ...this.#context,
      limitMs: settleLimitMs,
    }).catch((error: unknown) => {
      if (this.#context.signal.aborted) throw error;
      return false;
    });
    this.check(holds, sentence);
  }
}

function sitesOf(stage: StageName): readonly Site[] {
  return sites.filter((site) => site.stage === stage);
}

/** After a promotion that should succeed: every device of the stage runs the release, is healthy, and produces with it. */
export async function claimSucceeded(
  context: StoryContext,
  claims: Claims,
  promotion: EndedPromotion,
  release: Release,
  stage: StageName,
): Promise<void> {
  const expected: RolloutState = 'succeeded';
  claims.check(
    promotion.result.outcome === expected,
    `${release.name} in ${stage}: the rollout ended as "${promotion.result.outcome}" (expected "${expected}").`,
  );
  await claims.becomesTrue(`Every device of ${stage} says that it runs ${release.name} and is healthy.`, async () => {
    const devices = await devicesByName(context);
    return sitesOf(stage).every(
      ({ device }) => devices.get(device)?.running?.id === release.id && devices.get(device)?.health === 'healthy',
    );
  });
}

/** Seen from the plant: every line of the stage publishes with the given version of the flow. */
export async function claimProducesWith(context: StoryContext, claims: Claims, version: number, stage: StageName): Promise<void> {
  await claims.becomesTrue(`The broker hears every line of ${stage} publish with the flow of version ${version}.`, () =>
    sitesOf(stage).every((site) => context.observer.currentVersion(observedLine(site)) === `v${version}`),
  );
}

/** Seen from the plant: the ERP books counts of every line of the stage after `fromMs`. */
export async function claimOrdersBooked(context: StoryContext, claims: Claims, stage: StageName, fromMs: number): Promise<void> {
  await claims.becomesTrue(`The ERP books the counts of every line of ${stage}.`, () =>
    sitesOf(stage).every((site) => context.observer.production(observedLine(site), fromMs, context.clock.monotonic()).counts > 0),
  );
}

/** After the bad release in prod: stopped at the canary, that device is back and well, the other two never noticed. */
export async function claimStoppedAtCanary(context: StoryContext, claims: Claims, promotion: EndedPromotion, good: Release): Promise<void> {
  const { result, deployments, fromMs, toMs } = promotion;
  const { observer } = context;
  claims.check(
    result.outcome === 'failed',
    `${result.release} in prod: the rollout ended as "${result.outcome}" (expected "failed"): ${result.reason ?? 'no reason'}`,
  );
  claims.check(
    result.devicesRolledBack === 1 && result.devicesUntouched === 2,
    `One device went back, two were never offered the release (${result.devicesRolledBack} and ${result.devicesUntouched}).`,
  );
  const untouched = sitesOf('prod').filter(({ device }) =>
    deployments.some((deployment) => deployment.deviceName === device && deployment.attempt === 0),
  );
  for (const site of untouched) {
    const production = observer.production(observedLine(site), fromMs, toMs);
    claims.check(
      production.versions.join() === 'v2' && production.messages > 0,
      `${site.device} went on producing with version 2 all the time: ${production.messages} messages, longest silence ${production.worstGapMs} ms, ${production.counts} counts at the ERP.`,
    );
  }
  await claims.becomesTrue(`The canary is back on ${good.name} and healthy, and so are the others.`, async () => {
    const devices = await devicesByName(context);
    return sitesOf('prod').every(
      ({ device }) =>
        devices.get(device)?.running?.id === good.id &&
        devices.get(device)?.health === 'healthy' &&
        devices.get(device)?.desired?.id === good.id,
    );
  });
  await claimProducesWith(context, claims, 2, 'prod');
  await claimOrdersBooked(context, claims, 'prod', toMs);
}
