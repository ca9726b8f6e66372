import type { DeviceCapture } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { capturesQuery } from '../../api/capture-queries.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Moment } from '../../ui/moment.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { CompareLink, SnapshotLink } from '../snapshots/snapshot-link.tsx';
import { CaptureDialog } from './capture-dialog.tsx';
import { captureAppearances, outcomeOf, whyNoCapture } from './capture-words.ts';

function Capture({ capture }: { capture: DeviceCapture }) {
  const outcome = outcomeOf(capture);
  return (
    <li style={{ padding: '8px 0' }}>
      <Status {...captureAppearances[capture.state]} />{' '}
      <span className="sl-small sl-dim">
        <Moment at={capture.requestedAt} age /> by {capture.requestedBy}
      </span>
      {outcome === null ? null : (
        <div className="sl-small" style={{ overflowWrap: 'anywhere' }}>
          {outcome}{' '}
          {capture.snapshot === null || capture.differs !== true ? null : (
            <>
              <SnapshotLink snapshot={capture.snapshot} />: <CompareLink after={capture.snapshot.id}>what changed</CompareLink>
            </>
          )}
        </div>
      )}
      {capture.warnings.map(({ code, message }) => (
        <div key={`${code} ${message}`} className="sl-small">
          <Status tone="warn" label="Mind" /> <span style={{ overflowWrap: 'anywhere' }}>{message}</span>
        </div>
      ))}
    </li>
  );
}

/** What people asked a device for: the flows that run there, which may have been changed on the spot. */
export function CapturesPanel({ device }: { device: { id: string; name: string } }) {
  const { organizationId, role } = useMembership();
  const { data, error, refetch } = useQuery(capturesQuery(organizationId, device.id));
  const [asking, setAsking] = useState(false);
  const captures = data?.items ?? [];
  return (
    <Panel
      title="Captures"
      aside={
        <GuardedButton
          size="compact-sm"
          variant="default"
          why={whyNotOperator(role, 'Capturing') ?? whyNoCapture(captures)}
          onPress={() => setAsking(true)}
        >
          Capture…
        </GuardedButton>
      }
    >
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {captures.length === 0 ? (
        <p className="sl-small sl-dim" style={{ margin: 0 }}>
          Nobody has asked yet what runs there besides its release.
        </p>
      ) : (
        <ul style={{ listStyle: 'none', margin: '-8px 0', padding: 0 }}>
          {captures.map((capture) => (
            <Capture key={capture.id} capture={capture} />
          ))}
        </ul>
      )}
      {asking ? <CaptureDialog device={device} onClose={() => setAsking(false)} /> : null}
    </Panel>
  );
}
