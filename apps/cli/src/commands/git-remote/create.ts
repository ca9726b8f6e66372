import { type CreateGitRemoteRequest, type GitRemote, gitDirections } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, duration, flag, requiredText, text } from '../../frame/parameters.ts';
import { readRequired, readSecret } from '../../input/secret.ts';
import { gitRemoteView } from '../../output/views/git-remotes.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { watchGitRemote } from './watch.ts';

const waitTimeoutMs = 60_000;

export const gitRemoteCreate = defineVerb({
  summary: 'Push the history of an application to a repository, or import snapshots from one',
  more: `Examples:
  sluice git-remote create https://git.example.com/team/line.git --app line --mirror --password-stdin < token
  sluice git-remote create https://git.example.com/team/line.git --app line --import --branch main --path flows --poll 5m

The password is a token or a password: by standard input, a file, or SLUICE_GIT_PASSWORD. With --wait the exit code is 1 when it fails.`,
  parameters: {
    url: argument('url', 'The address of the repository: https, or http'),
    app: requiredText('--app <app>', 'The application: its name or id'),
    mirror: flag('--mirror', 'Push the history there after each snapshot'),
    import: flag('--import', 'Make snapshots of what is on the branch'),
    branch: text('--branch <branch>', 'Default: main'),
    path: text('--path <folder>', 'Import: the folder of the project'),
    username: text('--username <name>', 'Only when the server wants a certain one beside its token'),
    passwordStdin: flag('--password-stdin', 'Read the token or password from standard input'),
    passwordFile: text('--password-file <file>', 'Read it from a file'),
    webhookSecretFile: text('--webhook-secret-file <file>', 'Import: what the git server signs its calls with'),
    credentialSecretFile: text('--credential-secret-file <file>', 'Import: opens flows_cred.json of the project'),
    ignoreCredentials: flag('--ignore-credentials', 'Import: leave flows_cred.json out'),
    poll: duration('--poll <duration>', 'Import: look at the branch this often, such as 5m'),
    wait: flag('--wait', 'Wait until it was tried for the first time'),
  },
  run: async (invocation, values) => {
    const { connect, print, ports } = invocation;
    const direction = gitDirections.find((each) => values[each]);
    if (direction === undefined || values.mirror === values.import) throw usageError('Say what it is for: --mirror or --import.');
    const source = { fromStdin: values.passwordStdin, file: values.passwordFile, environmentName: 'SLUICE_GIT_PASSWORD' };
    const password = await readSecret(ports, source);
    const secretOf = async (file: string | undefined): Promise<string | undefined> =>
      file === undefined ? undefined : (await readRequired(ports, file)).replace(/\r?\n$/, '');
    const webhookSecret = await secretOf(values.webhookSecretFile);
    const credentialSecret = await secretOf(values.credentialSecretFile);
    const { branch, path, username, poll } = values;
    const request: CreateGitRemoteRequest = {
      direction,
      url: values.url,
      ...(branch === undefined ? {} : { branch }),
      ...(path === undefined ? {} : { path }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(webhookSecret === undefined ? {} : { webhookSecret }),
      ...(credentialSecret === undefined ? {} : { credentialSecret }),
      ...(values.ignoreCredentials ? { ignoreCredentials: true } : {}),
      ...(poll === undefined ? {} : { pollIntervalSeconds: Math.round(poll / 1000) }),
    };
    const session = await connect();
    const application = await resolveApplication(session, values.app);
    const base = `/applications/${application.id}/git-remotes`;
    const remote = await session.post<GitRemote>(base, request);
    if (values.wait) return watchGitRemote(invocation, session, { path: `${base}/${remote.id}`, asked: remote, timeoutMs: waitTimeoutMs });
    print.one(remote, gitRemoteView(ports.timeZone));
    return undefined;
  },
});
