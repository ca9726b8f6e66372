import type { GitRemote } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { duration, flag } from '../../frame/parameters.ts';
import { gitRemoteView } from '../../output/views/git-remotes.ts';
import { resolveGitRemote } from '../../resolve/git-remotes.ts';
import { gitRemoteParameters } from './parameters.ts';
import { watchGitRemote } from './watch.ts';

const waitTimeoutMsDefault = 10 * 60_000;

export const gitRemoteSync = defineVerb({
  summary: 'Push or import now',
  more: 'With --wait the exit code is 0 when it succeeded, 1 when it failed, 8 when it is not over after --timeout.',
  parameters: {
    ...gitRemoteParameters,
    force: flag('--force', 'Mirror: overwrite what the branch and tags there have, whatever it is'),
    yes: flag('--yes', 'With --force: do not ask'),
    wait: flag('--wait', 'Wait until it is over'),
    timeout: duration('--timeout <duration>', 'How long to wait (default 10m)'),
  },
  run: async (invocation, { app, remote: reference, force, yes, wait, timeout }) => {
    const { connect, confirm, print, ports } = invocation;
    const session = await connect();
    const { path, remote } = await resolveGitRemote(session, app, reference);
    if (force) await confirm(`Overwrite the branch ${remote.branch} and the tags at ${remote.url}?`, yes);
    const asked = await session.post<GitRemote>(`${path}/sync`, force ? { force } : {});
    if (wait) return watchGitRemote(invocation, session, { path, asked, timeoutMs: timeout ?? waitTimeoutMsDefault });
    print.one(asked, gitRemoteView(ports.timeZone));
    return undefined;
  },
});
