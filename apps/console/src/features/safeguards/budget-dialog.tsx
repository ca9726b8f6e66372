import { Group, Modal, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { DisruptionBudget, DisruptionBudgetRequest } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { budgetsPath } from '../../api/safeguard-queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { useMembership } from '../session/membership.ts';

/** `site=ulm, line=3` as labels; what is no pair is left out. */
function labelsOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((part) => {
    const [key = '', ...value] = part.split('=');
    return key.trim() === '' || value.length === 0 ? [] : [[key.trim(), value.join('=').trim()] as const];
  });
  return Object.fromEntries(pairs);
}

function requestOf(form: FormData, count: number): DisruptionBudgetRequest {
  const text = (name: string): string => String(form.get(name) ?? '').trim();
  return {
    name: text('name'),
    maximumUnavailable: { count, unit: text('unit') === 'percent' ? 'percent' : 'devices' },
    matchLabels: labelsOf(text('matchLabels')),
    perLabel: text('perLabel') === '' ? null : text('perLabel'),
    ...(text('reason') === '' ? {} : { reason: text('reason') }),
  };
}

/** Says how many devices may be unavailable at once. */
export function BudgetDialog({ onClose }: { onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [count, setCount] = useState<number>(1);
  const add = useMutation({
    mutationFn: (body: DisruptionBudgetRequest) => change<DisruptionBudget>('POST', budgetsPath(organizationId), { body }),
    onSuccess: ({ name }) => {
      notifications.show({ message: `${name} holds for all rollouts from now on.` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.disruptionBudgets(organizationId) }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    add.mutate(requestOf(new FormData(event.currentTarget), count));
  };
  return (
    <Modal opened onClose={onClose} title="Add a disruption budget">
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput name="name" label="Name" placeholder="Two per site" required maxLength={200} data-autofocus />
          <Group grow align="end">
            <NumberInput
              label="Unavailable at most"
              min={1}
              allowDecimal={false}
              value={count}
              onChange={(value) => setCount(Number(value) || 1)}
            />
            <NativeSelect
              name="unit"
              label="Unit"
              data={[
                { value: 'devices', label: 'devices' },
                { value: 'percent', label: '% of them' },
              ]}
            />
          </Group>
          <TextInput
            name="matchLabels"
            label="Of devices with these labels"
            description="Such as site=ulm, line=3; left out: all devices"
          />
          <TextInput name="perLabel" label="For each value of" description="A label, such as site; left out: all together" maxLength={63} />
          <TextInput name="reason" label="Reason" description="Kept in the ledger with your name" maxLength={4000} />
        </Stack>
        <DialogFooter error={add.error} label="Add" loading={add.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
