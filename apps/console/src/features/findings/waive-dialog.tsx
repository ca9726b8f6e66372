import { Modal, Radio, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { CreateWaiverRequest, PolicyFinding, PolicyWaiver } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { LedgerText } from '../../ui/ledger-text.tsx';
import { useMembership } from '../session/membership.ts';
import { ruleWords } from './finding-groups.ts';

/** For what a finding can be waived: the nearest first. */
const reaches = ['snapshot', 'application'] as const;
type Reach = (typeof reaches)[number];

/** The snapshot that a finding is in. */
export type FoundIn = { snapshotId: string; snapshotNumber: number; applicationId: string };

function requestOf(finding: PolicyFinding, found: FoundIn, wish: { reach: Reach; reason: string; until: string }): CreateWaiverRequest {
  return {
    rule: finding.rule,
    subject: finding.subject,
    reason: wish.reason.trim(),
    applicationId: found.applicationId,
    ...(wish.reach === 'snapshot' ? { snapshotId: found.snapshotId } : {}),
    ...(wish.until === '' ? {} : { expiresAt: new Date(`${wish.until}T23:59:59Z`).toISOString() }),
  };
}

/** Takes the decision to live with a finding: for what, why, until when. It stays in the list, and in the ledger. */
export function WaiveDialog({ finding, found, onClose }: { finding: PolicyFinding; found: FoundIn; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const [reach, setReach] = useState<Reach>('snapshot');
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  const waive = useMutation({
    mutationFn: () =>
      change<PolicyWaiver>('POST', `${organizationPath(organizationId)}/waivers`, {
        body: requestOf(finding, found, { reach, reason, until }),
      }),
    onSuccess: () => {
      notifications.show({ message: 'The finding is waived. It stays in the list with your reason.' });
      onClose();
    },
    onSettled: () =>
      Promise.all([keys.findings(organizationId), keys.policies(organizationId)].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  return (
    <Modal opened onClose={onClose} title={`Waive “${ruleWords(finding.rule)}”?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          waive.mutate();
        }}
      >
        <p style={{ margin: '0 0 14px', overflowWrap: 'anywhere' }}>{finding.message}</p>
        <Stack gap="md">
          <Radio.Group
            label="It holds for"
            value={reach}
            onChange={(value) => setReach(reaches.find((each) => each === value) ?? 'snapshot')}
          >
            <Stack gap={6} mt={6}>
              <Radio value="snapshot" label={`This snapshot, v${found.snapshotNumber}, alone`} />
              <Radio value="application" label="Every snapshot of this application" />
            </Stack>
          </Radio.Group>
          <LedgerText
            description="For whoever reads it in a year; kept in the ledger with your name"
            required
            maxRows={6}
            value={reason}
            onText={setReason}
          />
          <TextInput
            type="date"
            label="Until"
            description="Left out: without end"
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </Stack>
        <DialogFooter error={waive.error} label="Waive" loading={waive.isPending} disabled={reason.trim() === ''} onClose={onClose} />
      </form>
    </Modal>
  );
}
