import { Modal, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { CreateGitRemoteRequest, GitDirection, GitRemote } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { change } from '../../api/client.ts';
import { gitRemotesPath } from '../../api/git-remote-queries.ts';
import { keys } from '../../api/keys.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { useMembership } from '../session/membership.ts';
import { directionWords } from './remote-words.ts';

const directions = Object.keys(directionWords) as GitDirection[];
const pollDefaultSeconds = 300;

function requestOf(form: FormData, direction: GitDirection): CreateGitRemoteRequest {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  const optional = (name: 'branch' | 'path' | 'username' | 'password') => (text(name) === '' ? {} : { [name]: text(name) });
  return {
    direction,
    url: text('url'),
    ...optional('branch'),
    ...optional('username'),
    ...optional('password'),
    ...(direction === 'import' ? { ...optional('path'), pollIntervalSeconds: pollDefaultSeconds } : {}),
  };
}

/** Names a repository somewhere else; it is tried at once. */
export function AddRemoteDialog({ applicationId, onClose }: { applicationId: string; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [direction, setDirection] = useState<GitDirection>('mirror');
  const add = useMutation({
    mutationFn: (body: CreateGitRemoteRequest) => change<GitRemote>('POST', gitRemotesPath(organizationId, applicationId), { body }),
    onSuccess: () => {
      notifications.show({ message: 'The repository is named and tried now.' });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.gitRemotes(organizationId) }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    add.mutate(requestOf(new FormData(event.currentTarget), direction));
  };
  return (
    <Modal opened onClose={onClose} title="Add a git repository">
      <form onSubmit={submit}>
        <Stack gap="md">
          <Radio.Group
            label="Direction"
            value={direction}
            onChange={(value) => setDirection(directions.find((each) => each === value) ?? 'mirror')}
          >
            <Stack gap={6} mt={6}>
              {directions.map((each) => (
                <Radio key={each} value={each} label={directionWords[each].label} description={directionWords[each].what} />
              ))}
            </Stack>
          </Radio.Group>
          <TextInput name="url" label="Address" placeholder="https://git.example.com/line.git" required data-autofocus maxLength={2000} />
          <TextInput name="branch" label="Branch" placeholder="main" maxLength={200} />
          {direction === 'import' ? (
            <TextInput
              name="path"
              label="Folder"
              description="Of the Node-RED project in the repository; left out: its root"
              maxLength={500}
            />
          ) : null}
          <TextInput name="username" label="User" description="Left out when the password is a token" maxLength={200} />
          <PasswordInput
            name="password"
            label="Password or token"
            description="Kept sealed, never shown again"
            autoComplete="new-password"
          />
        </Stack>
        <DialogFooter error={add.error} label="Add" loading={add.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
