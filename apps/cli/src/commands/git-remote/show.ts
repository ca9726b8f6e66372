import { defineVerb } from '../../frame/define.ts';
import { gitRemoteView } from '../../output/views/git-remotes.ts';
import { resolveGitRemote } from '../../resolve/git-remotes.ts';
import { gitRemoteParameters } from './parameters.ts';

export const gitRemoteShow = defineVerb({
  summary: 'One git remote: its state, what went wrong and what to do',
  parameters: gitRemoteParameters,
  run: async ({ connect, print, ports }, { app, remote: reference }) => {
    const { remote } = await resolveGitRemote(await connect(), app, reference);
    print.one(remote, gitRemoteView(ports.timeZone));
    return undefined;
  },
});
