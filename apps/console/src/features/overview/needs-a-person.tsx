import type { Device, PromotionDetail, Rollout } from '@sluice/contracts';
import { useQueries, useQuery } from '@tanstack/react-query';
import { promotionQuery, waitingPromotionsQuery } from '../../api/promotion-queries.ts';
import { fewDevicesQuery, fewRolloutsQuery } from '../../api/queries.ts';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { ApplicationLink } from '../applications/application-link.tsx';
import { ApproveButton } from '../devices/approve-button.tsx';
import { DeviceLink } from '../devices/device-link.tsx';
import { RolloutLink } from '../rollouts/rollout-link.tsx';
import { rolloutAppearances } from '../rollouts/states.ts';

const shownMax = 4;
/** So many of the promotions that wait are asked what they wait for. */
const lookedAtMax = 10;

function WaitingDevice({ device }: { device: Device }) {
  return (
    <li>
      <div className="sl-cell-lines">
        <DeviceLink device={device} />
        <span className="sl-small sl-dim">Enrolled and waits to be admitted</span>
      </div>
      <div className="sl-above-link">
        <ApproveButton device={device} />
      </div>
    </li>
  );
}

function UnhealthyDevice({ device }: { device: Device }) {
  return (
    <li>
      <div className="sl-cell-lines">
        <DeviceLink device={device} />
        <span className="sl-small sl-dim">{device.running === null ? 'Runs nothing' : `Runs ${device.running.name}`}</span>
      </div>
      <Status tone="bad" label="Unhealthy" />
    </li>
  );
}

function AheadDevice({ device }: { device: Device }) {
  return (
    <li>
      <div className="sl-cell-lines">
        <DeviceLink device={device} />
        <span className="sl-small sl-dim">Knows more than this control plane, which seems to have been restored from a backup</span>
      </div>
      <Status tone="warn" label="Decide" />
    </li>
  );
}

function WaitingPromotion({ promotion }: { promotion: PromotionDetail }) {
  const { applicationId, applicationName, releaseName, stageName } = promotion;
  return (
    <li>
      <div className="sl-cell-lines">
        <ApplicationLink application={{ id: applicationId, name: `${applicationName} ${releaseName} → ${stageName}` }} />
        <span className="sl-small sl-dim">Goes there when enough people have approved it</span>
      </div>
      <Status tone="warn" label="Approve" />
    </li>
  );
}

/** The promotions that wait for somebody to approve them, of the newest that wait at all. */
function useUnapprovedPromotions(organizationId: string) {
  const waiting = useQuery(waitingPromotionsQuery(organizationId));
  const details = useQueries({
    queries: (waiting.data?.items ?? []).slice(0, lookedAtMax).map(({ id }) => promotionQuery(organizationId, id)),
  });
  const isLoading = waiting.data === undefined || details.some(({ data, error }) => data === undefined && error === null);
  const items = details
    .flatMap(({ data }) => data ?? [])
    .filter(({ state, blockers }) => state === 'waiting' && blockers.some(({ code }) => code === 'waiting_for_approval'));
  return { ...waiting, data: isLoading ? undefined : { items: items.slice(0, shownMax) } };
}

function WaitingRollout({ rollout }: { rollout: Rollout }) {
  return (
    <li>
      <div className="sl-cell-lines">
        <RolloutLink rollout={rollout} />
        <span className="sl-small sl-dim">Starts when enough people have approved it</span>
      </div>
      <Status {...rolloutAppearances[rollout.state]} />
    </li>
  );
}

function PausedRollout({ rollout }: { rollout: Rollout }) {
  return (
    <li>
      <div className="sl-cell-lines">
        <RolloutLink rollout={rollout} />
        <span className="sl-small sl-dim">Goes on only when somebody resumes it</span>
      </div>
      <Status {...rolloutAppearances[rollout.state]} />
    </li>
  );
}

/** What will not get better by itself: devices to admit, rollouts to decide on, devices that are not well. */
export function NeedsAPerson({ organizationId }: { organizationId: string }) {
  const pending = useQuery(fewDevicesQuery(organizationId, { approval: 'pending' }, shownMax));
  const paused = useQuery(fewRolloutsQuery(organizationId, { state: 'paused' }, shownMax));
  const unhealthy = useQuery(fewDevicesQuery(organizationId, { health: 'unhealthy' }, shownMax));
  const ahead = useQuery(fewDevicesQuery(organizationId, { ahead: true }, shownMax));
  const unapproved = useQuery(fewRolloutsQuery(organizationId, { state: 'pending_approval' }, shownMax));
  const promotions = useUnapprovedPromotions(organizationId);
  const queries = [pending, paused, unhealthy, ahead, unapproved, promotions];
  const failed = queries.find(({ error, data }) => error !== null && data === undefined);
  const isLoading = queries.some(({ data }) => data === undefined);
  const isEmpty = queries.every(({ data }) => data?.items.length === 0);
  return (
    <Panel title="Needs a person" flush>
      {failed === undefined ? null : <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />}
      {isLoading && failed === undefined ? <ListSkeleton rows={2} /> : null}
      {isEmpty ? (
        <EmptyNotice title="Nothing waits for you">No approval is open, no rollout is paused, no device is unhealthy.</EmptyNotice>
      ) : null}
      <ul className="sl-needs">
        {ahead.data?.items.map((device) => (
          <AheadDevice key={device.id} device={device} />
        ))}
        {promotions.data?.items.map((promotion) => (
          <WaitingPromotion key={promotion.id} promotion={promotion} />
        ))}
        {unapproved.data?.items.map((rollout) => (
          <WaitingRollout key={rollout.id} rollout={rollout} />
        ))}
        {paused.data?.items.map((rollout) => (
          <PausedRollout key={rollout.id} rollout={rollout} />
        ))}
        {pending.data?.items.map((device) => (
          <WaitingDevice key={device.id} device={device} />
        ))}
        {unhealthy.data?.items.map((device) => (
          <UnhealthyDevice key={device.id} device={device} />
        ))}
      </ul>
    </Panel>
  );
}
