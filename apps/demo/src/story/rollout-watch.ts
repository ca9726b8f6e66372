import { type Deployment, type Page, type RolloutDetail, terminalRolloutStates } from '@sluice/contracts';
import type { StoryContext } from './context.ts';
import { until } from './until.ts';

const rolloutLimitMs = 600_000;

/** A rollout that has ended, with what happened on each device. */
export type EndedRollout = { rollout: RolloutDetail; deployments: Deployment[] };

const moved: Partial<Record<Deployment['state'], string>> = {
  offered: 'is offered the release',
  downloading: 'downloads it beside the running flows',
  applying: 'switches',
  verifying: 'is on probation',
  succeeded: 'has committed it',
  rolled_back: 'went back by itself',
  failed: 'could not install it',
};

/** Says aloud what the engine decides and what devices do, each thing once. */
class Progress {
  readonly #context: StoryContext;
  readonly #said = new Set<string>();

  constructor(context: StoryContext) {
    this.#context = context;
  }

  tell(rollout: RolloutDetail, deployments: readonly Deployment[]): void {
    for (const decision of [...rollout.decisions].sort((a, b) => (a.id < b.id ? -1 : 1))) this.#once(decision.id, decision.sentence);
    for (const deployment of deployments) {
      const words = moved[deployment.state];
      if (words !== undefined) this.#once(`${deployment.id} ${deployment.state}`, sentenceFor(deployment, words));
    }
  }

  #once(key: string, sentence: string): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    this.#context.narrator.detail(sentence);
  }
}

function sentenceFor(deployment: Deployment, words: string): string {
  const how =
    deployment.state === 'succeeded' && deployment.cutOverMs !== null
      ? ` (${deployment.method === 'hot' ? 'hot, ' : ''}flows stood still for ${deployment.cutOverMs} ms)`
      : '';
  const why =
    deployment.state === 'rolled_back' || deployment.state === 'failed'
      ? `: ${deployment.message ?? deployment.code ?? 'no reason given'}`
      : '';
  return `${deployment.deviceName} ${words}${how}${why}`;
}

/** Follows a rollout to its end. */
export async function watchRollout(context: StoryContext, rolloutId: string): Promise<EndedRollout> {
  const path = `${context.organization.base}/rollouts/${rolloutId}`;
  const progress = new Progress(context);
  return until(
    `the end of rollout ${rolloutId}`,
    async () => {
      const deployments = (await context.client.get<Page<Deployment>>(`${path}/deployments?limit=200`)).items;
      const rollout = await context.client.get<RolloutDetail>(path);
      progress.tell(rollout, deployments);
      return terminalRolloutStates.some((state) => state === rollout.state)
        ? { rollout, deployments: (await context.client.get<Page<Deployment>>(`${path}/deployments?limit=200`)).items }
        : undefined;
    },
    { ...context, limitMs: rolloutLimitMs },
  );
}
