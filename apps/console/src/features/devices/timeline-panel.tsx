import './timeline-panel.css';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { deviceTimelineQuery } from '../../api/queries.ts';
import { Moment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import { levelTones } from './appearances.ts';

/** What happened on the device and to it, newest first. */
export function TimelinePanel({ organizationId, deviceId }: { organizationId: string; deviceId: string }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    deviceTimelineQuery(organizationId, deviceId),
  );
  const events = data?.pages.flatMap((page) => page.items);
  return (
    <Panel title="Timeline" flush>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {events === undefined && error === null ? <ListSkeleton rows={4} /> : null}
      {events?.length === 0 ? <EmptyNotice title="Nothing has happened yet" /> : null}
      {events === undefined || events.length === 0 ? null : (
        <ol className="sl-timeline">
          {events.map(({ id, at, level, code, message }) => (
            <li key={id}>
              <span data-tone={levelTones[level]}>
                <ToneIcon tone={levelTones[level]} />
              </span>
              <span className="sl-timeline-text">
                {message} {level === 'info' ? null : <code className="sl-mono sl-dim">{code}</code>}
              </span>
              <span className="sl-small sl-dim">
                <Moment at={at} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {hasNextPage ? (
        <div style={{ padding: '0 18px 14px' }}>
          <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Earlier
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
