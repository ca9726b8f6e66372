import '../../ui/table.css';
import { notifications } from '@mantine/notifications';
import type { PolicyWaiver, WaiverState } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { change } from '../../api/client.ts';
import { waiversQuery } from '../../api/finding-queries.ts';
import { keys } from '../../api/keys.ts';
import { organizationPath } from '../../api/queries.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Moment, OptionalMoment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { Status } from '../../ui/status.tsx';
import type { Appearance } from '../../ui/tone.ts';
import { ruleWords } from '../findings/finding-groups.ts';
import { useMembership, whyNotOperator } from '../session/membership.ts';

const stateAppearances: Readonly<Record<WaiverState, Appearance>> = {
  active: { label: 'In force', tone: 'good' },
  expired: { label: 'Expired', tone: 'idle' },
  revoked: { label: 'Revoked', tone: 'idle' },
};

function Revoke({ waiver }: { waiver: PolicyWaiver }) {
  const { organizationId, role } = useMembership();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => change<PolicyWaiver>('POST', `${organizationPath(organizationId)}/waivers/${waiver.id}/revoke`, { body: {} }),
    onError: (error) => notifications.show({ title: 'The waiver was not revoked', message: error.message, color: 'red' }),
    onSettled: () =>
      Promise.all([keys.findings(organizationId), keys.policies(organizationId)].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
  if (waiver.state !== 'active') return null;
  return (
    <GuardedButton
      size="compact-sm"
      variant="default"
      why={whyNotOperator(role, 'Revoking')}
      label={`Revoke the waiver of ${waiver.subject ?? ruleWords(waiver.rule)}`}
      loading={revoke.isPending}
      onPress={() => revoke.mutate()}
    >
      Revoke
    </GuardedButton>
  );
}

function reachOf({ snapshotId, stageId, applicationId }: PolicyWaiver): string {
  if (snapshotId !== null) return 'One snapshot';
  if (stageId !== null) return 'One stage';
  return applicationId === null ? 'Everything' : 'One application';
}

/** What people decided to live with, and why. */
export function WaiversPanel() {
  const { organizationId } = useMembership();
  const { data, error, refetch } = useQuery(waiversQuery(organizationId));
  return (
    <Panel title="Waivers" flush>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 ? <EmptyNotice title="Nothing is waived" /> : null}
      {data === undefined || data.items.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
        <section className="sl-table-scroll" tabIndex={0} aria-label="Waivers with their reasons">
          <table className="sl-table sl-table-wide">
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Reason</th>
                <th scope="col">Holds for</th>
                <th scope="col">Until</th>
                <th scope="col">State</th>
                <th scope="col">Action</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((waiver) => (
                <tr key={waiver.id}>
                  <th scope="row" style={{ overflowWrap: 'anywhere' }}>
                    {ruleWords(waiver.rule)}
                    <div className="sl-small sl-dim">{waiver.subject ?? 'Whatever it finds'}</div>
                  </th>
                  <td style={{ overflowWrap: 'anywhere' }}>
                    {waiver.reason}
                    <div className="sl-small sl-dim">
                      {waiver.by}, <Moment at={waiver.at} />
                    </div>
                  </td>
                  <td>{reachOf(waiver)}</td>
                  <td>
                    <OptionalMoment at={waiver.expiresAt} none="Without end" />
                  </td>
                  <td>
                    <Status {...stateAppearances[waiver.state]} />
                  </td>
                  <td>
                    <Revoke waiver={waiver} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
