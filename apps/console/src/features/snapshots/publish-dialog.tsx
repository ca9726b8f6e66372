import { Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { PublishReleaseRequest, Release, Snapshot } from '@sluice/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { ApiFailure } from '../../api/problem.ts';
import { organizationPath } from '../../api/queries.ts';
import { DialogFooter } from '../../ui/dialog-footer.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { FindingsList } from '../findings/findings-list.tsx';
import { useMembership } from '../session/membership.ts';

/** Why it was refused; findings of policies one by one. */
function Refusal({ error }: { error: Error }) {
  const findings = error instanceof ApiFailure ? error.findings : [];
  return (
    <div style={{ marginTop: 14 }}>
      <ErrorNotice error={error} />
      {findings.length === 0 ? null : (
        <div style={{ margin: '8px -16px 0' }}>
          <FindingsList findings={findings} />
        </div>
      )}
    </div>
  );
}

/** Makes a release of a snapshot: checked, complete with its modules, signed. */
export function PublishDialog({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const { organizationId } = useMembership();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState(`v${snapshot.number}`);
  const publish = useMutation({
    mutationFn: () => {
      const body: PublishReleaseRequest = { snapshotId: snapshot.id, ...(name.trim() === '' ? {} : { name: name.trim() }) };
      return change<Release>('POST', `${organizationPath(organizationId)}/applications/${snapshot.applicationId}/releases`, { body });
    },
    onSuccess: (release) => {
      notifications.show({ message: `${release.name} is published and signed.`, color: 'green' });
      onClose();
      void navigate({ to: '/organizations/$organizationId/releases/$releaseId', params: { organizationId, releaseId: release.id } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.releases(organizationId) }),
  });
  return (
    <Modal opened onClose={onClose} title={`Publish v${snapshot.number} as a release?`} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate();
        }}
      >
        <ul style={{ display: 'grid', gap: 6, margin: '0 0 18px', paddingLeft: 18 }}>
          <li>The policies are checked; what blocks stops it.</li>
          <li>Every module that the lock names is fetched once and kept, so that devices need no registry.</li>
          <li>The release is signed. No device changes: that takes a rollout.</li>
        </ul>
        <TextInput label="Name" maxLength={100} data-autofocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        {publish.error === null ? null : <Refusal error={publish.error} />}
        <DialogFooter label="Publish" loading={publish.isPending} onClose={onClose} />
      </form>
    </Modal>
  );
}
