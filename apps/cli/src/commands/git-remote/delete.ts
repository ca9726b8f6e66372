import { defineVerb } from '../../frame/define.ts';
import { flag } from '../../frame/parameters.ts';
import { resolveGitRemote } from '../../resolve/git-remotes.ts';
import { gitRemoteParameters } from './parameters.ts';

export const gitRemoteDelete = defineVerb({
  summary: 'Forget a git remote; nothing happens to the repository there',
  parameters: { ...gitRemoteParameters, yes: flag('--yes', 'Do not ask') },
  run: async ({ connect, confirm, note }, { app, remote: reference, yes }) => {
    const session = await connect();
    const { path, remote } = await resolveGitRemote(session, app, reference);
    await confirm(`Forget the ${remote.direction} ${remote.url}, with its secrets?`, yes);
    await session.remove(path);
    note(`${remote.url} is no ${remote.direction} of this application any more.`);
    return undefined;
  },
});
