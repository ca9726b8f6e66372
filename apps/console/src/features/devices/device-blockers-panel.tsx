import { Group } from '@mantine/core';
import type { DeviceDetail } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { deviceBlockersQuery } from '../../api/safeguard-queries.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { OptionalMoment } from '../../ui/moment.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { BlockerList } from '../rollouts/blocker-list.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { type AheadDecision, AheadDialog } from './ahead-dialog.tsx';

function Decide({ device }: { device: DeviceDetail }) {
  const { role } = useMembership();
  const [chosen, setChosen] = useState<AheadDecision | null>(null);
  return (
    <Group gap="xs" mt={8}>
      <GuardedButton size="compact-sm" variant="default" why={whyNotOperator(role, 'Adopting')} onPress={() => setChosen('adopt')}>
        Adopt what it runs…
      </GuardedButton>
      <GuardedButton size="compact-sm" variant="default" why={whyNotOperator(role, 'Reasserting')} onPress={() => setChosen('reassert')}>
        Reassert what is wanted…
      </GuardedButton>
      {chosen === null ? null : <AheadDialog device={device} decision={chosen} onClose={() => setChosen(null)} />}
    </Group>
  );
}

/** Why a device does not move, and what would change that: nothing when nothing holds it. */
export function DeviceBlockersPanel({ device }: { device: DeviceDetail }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(deviceBlockersQuery(organizationId, device.id));
  if (error !== null) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (data === undefined || data.blockers.length === 0) return null;
  const { rolloutId, rolloutName, waveIndex, reconciledRevision, desiredRevision, reportedAt } = data;
  return (
    <Panel
      title="Why is it not moving?"
      aside={
        <span className="sl-small sl-dim">
          {rolloutId === null || waveIndex === null ? null : (
            <>
              Wave {waveIndex + 1} of{' '}
              <Link to="/organizations/$organizationId/rollouts/$rolloutId" params={{ organizationId, rolloutId }}>
                {rolloutName}
              </Link>
              {' · '}
            </>
          )}
          Carried out revision {reconciledRevision} of {desiredRevision}, reported <OptionalMoment at={reportedAt} age none="never" />
        </span>
      }
    >
      <BlockerList blockers={data.blockers} actionOf={({ code }) => (code === 'server_restored' ? <Decide device={device} /> : null)} />
    </Panel>
  );
}
