import '../../ui/table.css';
import { notifications } from '@mantine/notifications';
import type { Freeze } from '@sluice/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { change } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { freezesPath, freezesQuery } from '../../api/safeguard-queries.ts';
import { useNow } from '../../clock.tsx';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { Moment, OptionalMoment } from '../../ui/moment.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import type { Appearance } from '../../ui/tone.ts';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { FreezeDialog } from './freeze-dialog.tsx';
import { useStageChoices } from './stage-choices.ts';

function appearanceOf({ liftedAt, endsAt, startsAt }: Freeze, now: number): Appearance {
  if (liftedAt !== null) return { label: 'Lifted', tone: 'idle' };
  if (Date.parse(startsAt) > now) return { label: 'To come', tone: 'idle' };
  return endsAt !== null && Date.parse(endsAt) <= now ? { label: 'Over', tone: 'idle' } : { label: 'Holds now', tone: 'warn' };
}

function placeOf({ stageId }: Freeze, stages: readonly { value: string; label: string }[]): string {
  if (stageId === null) return 'The whole organization';
  return stages.find(({ value }) => value === stageId)?.label ?? 'One stage';
}

function Lift({ freeze }: { freeze: Freeze }) {
  const { organizationId, role } = useMembership();
  const client = useQueryClient();
  const lift = useMutation({
    mutationFn: () => change<Freeze>('POST', `${freezesPath(organizationId)}/${freeze.id}/lift`, { body: {} }),
    onSuccess: () => notifications.show({ message: `${freeze.name} is lifted: rollouts go on.` }),
    onError: (error) => notifications.show({ title: 'The freeze was not lifted', message: error.message, color: 'red' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.freezes(organizationId) }),
  });
  if (freeze.liftedAt !== null) return null;
  return (
    <GuardedButton
      size="compact-sm"
      variant="default"
      why={whyNotOperator(role, 'Lifting a freeze')}
      label={`Lift ${freeze.name}`}
      loading={lift.isPending}
      onPress={() => lift.mutate()}
    >
      Lift
    </GuardedButton>
  );
}

function Row({ freeze, where }: { freeze: Freeze; where: string }) {
  const { name, startsAt, endsAt, createdBy, liftedAt, liftedBy } = freeze;
  const appearance = appearanceOf(freeze, useNow(30_000));
  return (
    <tr>
      <th scope="row" style={{ overflowWrap: 'anywhere' }}>
        {name}
        <div className="sl-small sl-dim">{where}</div>
      </th>
      <td>
        <Moment at={startsAt} />
        <div className="sl-small sl-dim">by {createdBy}</div>
      </td>
      <td>
        {liftedAt === null ? <OptionalMoment at={endsAt} none="Until it is lifted" /> : <Moment at={liftedAt} />}
        {liftedBy === null ? null : <div className="sl-small sl-dim">lifted by {liftedBy}</div>}
      </td>
      <td>
        <Status {...appearance} />
      </td>
      <td>{appearance.label === 'Over' ? null : <Lift freeze={freeze} />}</td>
    </tr>
  );
}

/** Times in which no wave starts and nothing is offered. */
export function FreezesPanel() {
  const { organizationId, role } = useMembership();
  const { data, error, refetch } = useQuery(freezesQuery(organizationId));
  const [declaring, setDeclaring] = useState(false);
  const stages = useStageChoices();
  const declare = (
    <GuardedButton size="compact-sm" variant="outline" why={whyNotOperator(role, 'Declaring a freeze')} onPress={() => setDeclaring(true)}>
      Declare a freeze…
    </GuardedButton>
  );
  const hasAny = data !== undefined && data.items.length > 0;
  return (
    <Panel title="Freezes" flush aside={hasAny ? declare : null}>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <ListSkeleton rows={2} /> : null}
      {data?.items.length === 0 ? (
        <EmptyNotice title="Nothing is frozen" action={declare}>
          During a freeze no wave starts and no device is offered a release; what has begun comes to its end.
        </EmptyNotice>
      ) : null}
      {hasAny ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
        <section className="sl-table-scroll" tabIndex={0} aria-label="Freezes, newest first">
          <table className="sl-table sl-table-wide">
            <thead>
              <tr>
                <th scope="col">Freeze</th>
                <th scope="col">From</th>
                <th scope="col">Until</th>
                <th scope="col">State</th>
                <th scope="col">Action</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((freeze) => (
                <Row key={freeze.id} freeze={freeze} where={placeOf(freeze, stages)} />
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
      {declaring ? <FreezeDialog onClose={() => setDeclaring(false)} /> : null}
    </Panel>
  );
}
