import type { GitRemote } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { gitRemotesQuery } from '../../api/git-remote-queries.ts';
import { Facts } from '../../ui/facts.tsx';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Identifier } from '../../ui/identifier.tsx';
import { Moment, OptionalMoment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { AddRemoteDialog } from './add-remote-dialog.tsx';
import { RemoteActions } from './remote-actions.tsx';
import { directionWords, placeOf, stateAppearances } from './remote-words.ts';

/** Why it fails, since when, and when it is tried again. */
function Failure({ remote: { lastError, attempts, nextAttemptAt, state } }: { remote: GitRemote }) {
  if (lastError === null || state !== 'failing') return null;
  return (
    <div className="sl-notice" data-tone="bad" role="alert" style={{ marginTop: 12 }}>
      <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <p className="sl-notice-title">{lastError.message}</p>
        <p className="sl-small">
          <code className="sl-mono">{lastError.code}</code>, tried {attempts} times
          {nextAttemptAt === null ? '' : ', again '}
          {nextAttemptAt === null ? null : <Moment at={nextAttemptAt} />}
        </p>
      </div>
    </div>
  );
}

function Remote({ remote }: { remote: GitRemote }) {
  const { label, what } = directionWords[remote.direction];
  return (
    <li style={{ borderTop: '1px solid var(--sl-line)', padding: '14px 18px' }}>
      <div
        style={{
          alignItems: 'center',
          display: 'flex',
          flexWrap: 'wrap',
          gap: '6px 14px',
          justifyContent: 'space-between',
          marginBottom: 10,
        }}
      >
        <div style={{ minWidth: 0 }}>
          <b style={{ overflowWrap: 'anywhere' }}>{remote.url}</b> <Status {...stateAppearances[remote.state]} />
          <div className="sl-small sl-dim">{what}</div>
        </div>
        <RemoteActions remote={remote} />
      </div>
      <Facts
        facts={[
          { name: 'Direction', value: label },
          { name: 'Branch', value: placeOf(remote) },
          { name: 'Last success', value: <OptionalMoment at={remote.lastSuccessAt} age none="Never" /> },
          {
            name: 'Last commit',
            value: remote.lastCommit === null ? 'None' : <Identifier value={remote.lastCommit} label="commit" digits={12} />,
          },
        ]}
      />
      <Failure remote={remote} />
    </li>
  );
}

/** The repositories that the history goes to, or comes from; what fails says why. */
export function GitRemotesList({ applicationId }: { applicationId: string }) {
  const { organizationId, role } = useMembership();
  const { data, error, refetch } = useQuery(gitRemotesQuery(organizationId, applicationId));
  const [adding, setAdding] = useState(false);
  const add = (
    <GuardedButton size="compact-sm" variant="outline" why={whyNotOperator(role, 'Adding a repository')} onPress={() => setAdding(true)}>
      Add a repository…
    </GuardedButton>
  );
  return (
    <>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <ListSkeleton rows={2} /> : null}
      {data?.items.length === 0 ? (
        <EmptyNotice title="No other repository" action={add}>
          A mirror gets the history after each snapshot; an import makes snapshots of a branch that is kept elsewhere.
        </EmptyNotice>
      ) : null}
      {data === undefined || data.items.length === 0 ? null : (
        <>
          <div style={{ padding: '10px 18px' }}>{add}</div>
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {data.items.map((remote) => (
              <Remote key={remote.id} remote={remote} />
            ))}
          </ul>
        </>
      )}
      {adding ? <AddRemoteDialog applicationId={applicationId} onClose={() => setAdding(false)} /> : null}
    </>
  );
}
