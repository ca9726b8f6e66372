import type { SnapshotProtection } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { snapshotProtectionQuery } from '../../api/application-queries.ts';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { Status } from '../../ui/status.tsx';
import { ReleaseLink } from '../releases/release-link.tsx';
import { useMembership } from '../session/membership.ts';

function Releases({ protection: { releases } }: { protection: SnapshotProtection }) {
  if (releases.length === 0)
    return (
      <p className="sl-small sl-dim" style={{ margin: 0 }}>
        It has not been published.
      </p>
    );
  return (
    <p className="sl-small" style={{ margin: 0 }}>
      Published as{' '}
      {releases.map((release, index) => (
        <span key={release.id}>
          {index === 0 ? '' : ', '}
          <ReleaseLink release={release} />
        </span>
      ))}
    </p>
  );
}

/** Where a snapshot is in use, which is why it cannot be deleted. */
export function ProtectionPanel({ snapshotId }: { snapshotId: string }) {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(snapshotProtectionQuery(organizationId, snapshotId));
  return (
    <Panel
      title="In use"
      aside={
        data === undefined ? null : data.isProtected ? (
          <Status tone="good" label="Protected" />
        ) : (
          <Status tone="idle" label="Can be deleted" />
        )
      }
    >
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <>
          <Releases protection={data} />
          <ul className="sl-small" style={{ margin: '8px 0 0', paddingLeft: 18 }}>
            {data.reasons.map(({ code, detail }) => (
              <li key={`${code} ${detail}`}>
                <Sentence text={detail} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
