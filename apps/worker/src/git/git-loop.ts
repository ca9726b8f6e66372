import { type RepeatDeps, repeat } from '../repeat.ts';
import type { GitController } from './git-controller.ts';

export type GitLoopDeps = RepeatDeps & { controller: Pick<GitController, 'sweep' | 'settled'> };

/** Looks for remotes with something to do until the signal aborts, then waits for those that are being served. */
export async function runGitLoop({ controller, ...deps }: GitLoopDeps): Promise<void> {
  await repeat(deps, 'could not look for git remotes with something to do; trying again', () => controller.sweep(deps.signal));
  await controller.settled();
}
