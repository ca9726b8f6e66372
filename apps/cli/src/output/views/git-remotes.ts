import type { GitRemote } from '@sluice/contracts';
import type { Tone } from '../paint.ts';
import type { View } from '../printer.ts';
import { formatMoment } from '../time.ts';

const tones: Readonly<Record<GitRemote['state'], Tone>> = { idle: 'good', due: 'plain', failing: 'bad', disabled: 'dim' };
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** How git remotes of an application are shown. */
export function gitRemoteView(zone: string | undefined): View<GitRemote> {
  const moment = (at: string | null): string => (at === null ? '–' : formatMoment(at, zone));
  return {
    noun: 'git remotes',
    name: (remote) => remote.id,
    columns: [
      { title: 'Direction', value: (remote) => remote.direction },
      { title: 'Repository', value: (remote) => remote.url },
      { title: 'Branch', value: (remote) => remote.branch },
      { title: 'State', value: (remote) => remote.state, tone: (remote) => tones[remote.state] },
      { title: 'Last success', value: (remote) => moment(remote.lastSuccessAt) },
      { title: 'Trouble', value: ({ lastError }) => (lastError === null ? '' : lastError.code) },
      { title: 'What to do', value: ({ lastError }) => lastError?.message ?? '', wide: true },
      { title: 'Next attempt', value: (remote) => moment(remote.nextAttemptAt), wide: true },
      { title: 'Commit', value: (remote) => remote.lastCommit ?? '–', wide: true },
      { title: 'Path', value: (remote) => remote.path, wide: true },
      { title: 'Poll', value: ({ pollIntervalSeconds: seconds }) => (seconds === null ? 'no' : `every ${seconds} s`), wide: true },
      { title: 'User', value: (remote) => remote.username ?? '–', wide: true },
      { title: 'Password', value: (remote) => yesNo(remote.hasPassword), wide: true },
      { title: 'Webhook secret', value: (remote) => yesNo(remote.hasWebhookSecret), wide: true },
      { title: 'Credential secret', value: (remote) => yesNo(remote.hasCredentialSecret), wide: true },
      { title: 'Id', value: (remote) => remote.id, wide: true },
    ],
  };
}
