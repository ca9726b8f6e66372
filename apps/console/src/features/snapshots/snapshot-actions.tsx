import { Button, Group } from '@mantine/core';
import type { Snapshot } from '@sluice/contracts';
import { IconGitCompare, IconRosetteDiscountCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { DownloadMenu } from './download-menu.tsx';
import { PublishDialog } from './publish-dialog.tsx';

/** What a person can do with a snapshot. */
export function SnapshotActions({ snapshot }: { snapshot: Snapshot }) {
  const { organizationId, role } = useMembership();
  const [publishing, setPublishing] = useState(false);
  return (
    <Group gap="xs" role="group" aria-label="Actions on this snapshot">
      <Button
        variant="default"
        leftSection={<IconGitCompare size={16} aria-hidden />}
        renderRoot={(props) => (
          <Link to="/organizations/$organizationId/compare" params={{ organizationId }} search={{ after: snapshot.id }} {...props} />
        )}
      >
        Compare with…
      </Button>
      <DownloadMenu snapshotId={snapshot.id} />
      <GuardedButton
        why={whyNotOperator(role, 'Publishing')}
        leftSection={<IconRosetteDiscountCheck size={16} aria-hidden />}
        onPress={() => setPublishing(true)}
      >
        Publish
      </GuardedButton>
      {publishing ? <PublishDialog snapshot={snapshot} onClose={() => setPublishing(false)} /> : null}
    </Group>
  );
}
