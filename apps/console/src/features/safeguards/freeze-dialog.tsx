import { Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { CreateFreezeRequest, Freeze } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { freezesPath } from '../../api/safeguard-queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { useMembership } from '../session/membership.ts';
import { useStageChoices } from './stage-choices.ts';

/** The person's own time, as an input gives it, as a moment. */
function momentOf(local: string): string | undefined {
  const time = local === '' ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function requestOf(form: FormData): CreateFreezeRequest {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  const startsAt = momentOf(text('startsAt'));
  const endsAt = momentOf(text('endsAt'));
  return {
    name: text('name'),
    ...(text('stageId') === '' ? {} : { stageId: text('stageId') }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(text('reason') === '' ? {} : { reason: text('reason') }),
  };
}

/** Declares a time in which nothing new starts. */
export function FreezeDialog({ onClose }: { onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const stages = useStageChoices();
  const declare = useMutation({
    mutationFn: (body: CreateFreezeRequest) => change<Freeze>('POST', freezesPath(organizationId), { body }),
    onSuccess: ({ name }) => {
      notifications.show({ message: `${name} is declared.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.freezes(organizationId) }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    declare.mutate(requestOf(new FormData(event.currentTarget)));
  };
  return (
    <Modal opened onClose={onClose} title="Declare a freeze">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput name="name" label="Name" placeholder="Stocktaking" required maxLength={200} data-autofocus />
          <NativeSelect name="stageId" label="Where" data={[{ value: '', label: 'The whole organization' }, ...stages]} />
          <TextInput name="startsAt" type="datetime-local" label="From" description="Your own time; left out: now" />
          <TextInput name="endsAt" type="datetime-local" label="Until" description="Left out: until somebody lifts it" />
          <TextInput name="reason" label="Reason" description="Kept in the ledger with your name" maxLength={4000} />
        </Stack>
        <DialogFooter error={declare.error} label="Declare" loading={declare.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
