import { Button, Group, Modal } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { GitRemote, SyncGitRemoteRequest, UpdateGitRemoteRequest } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { gitRemotesPath } from '../../api/git-remote-queries.ts';
import { keys } from '../../api/keys.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';

function useRemoteActions(remote: GitRemote) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const path = `${gitRemotesPath(organizationId, remote.applicationId)}/${remote.id}`;
  const act = (call: () => Promise<unknown>) => ({
    mutationFn: call,
    onError: (error: Error) => notifications.show({ title: 'That did not work', message: error.message, color: 'red' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.gitRemotes(organizationId) }),
  });
  const syncBody: SyncGitRemoteRequest = {};
  const toggleBody: UpdateGitRemoteRequest = { enabled: !remote.enabled };
  return {
    sync: useMutation(act(() => change('POST', `${path}/sync`, { body: syncBody }))),
    toggle: useMutation(act(() => change('PATCH', path, { body: toggleBody, version: remote.version }))),
    remove: useMutation(act(() => change('DELETE', path))),
  };
}

/** What a person can do with a git remote. */
export function RemoteActions({ remote }: { remote: GitRemote }) {
  const { role } = useMembership();
  const { sync, toggle, remove } = useRemoteActions(remote);
  const [removing, setRemoving] = useState(false);
  const why = whyNotOperator(role, 'This');
  const whySync = why ?? (remote.enabled ? null : 'It is switched off.');
  const small = { size: 'compact-sm', variant: 'default' } as const;
  return (
    <Group gap="xs" role="group" aria-label={`Actions on ${remote.url}`}>
      <GuardedButton {...small} why={whySync} loading={sync.isPending} onPress={() => sync.mutate()}>
        {remote.direction === 'mirror' ? 'Push now' : 'Import now'}
      </GuardedButton>
      <GuardedButton {...small} why={why} loading={toggle.isPending} onPress={() => toggle.mutate()}>
        {remote.enabled ? 'Switch off' : 'Switch on'}
      </GuardedButton>
      <GuardedButton {...small} why={why} onPress={() => setRemoving(true)}>
        Forget…
      </GuardedButton>
      <Modal opened={removing} onClose={() => setRemoving(false)} title={`Forget ${remote.url}?`}>
        <p style={{ marginTop: 0 }}>Nothing happens to the repository there, nor to what was imported from it.</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => setRemoving(false)}>
            Leave it as it is
          </Button>
          <Button
            color="red.9"
            loading={remove.isPending}
            onClick={() => remove.mutate(undefined, { onSuccess: () => setRemoving(false) })}
          >
            Forget
          </Button>
        </Group>
      </Modal>
    </Group>
  );
}
