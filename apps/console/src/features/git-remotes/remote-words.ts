import type { GitDirection, GitRemote, GitRemoteState } from '@sluice/contracts';
import type { Appearance } from '../../ui/tone.ts';

export const directionWords: Readonly<Record<GitDirection, { label: string; what: string }>> = {
  mirror: { label: 'Mirror', what: 'The history is pushed there after each snapshot' },
  import: { label: 'Import', what: 'What is on its branch becomes snapshots' },
};

export const stateAppearances: Readonly<Record<GitRemoteState, Appearance>> = {
  idle: { label: 'Up to date', tone: 'good' },
  due: { label: 'Under way', tone: 'move' },
  failing: { label: 'Failing', tone: 'bad' },
  disabled: { label: 'Switched off', tone: 'idle' },
};

/** Where in a repository: its branch, and the folder if there is one. */
export function placeOf({ branch, path }: Pick<GitRemote, 'branch' | 'path'>): string {
  return path === '' ? branch : `${branch}, folder ${path}`;
}
