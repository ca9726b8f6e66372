import '../../ui/table.css';
import type { DisruptionBudget, DisruptionBudgetUse } from '@sluice/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { budgetQuery, budgetsQuery } from '../../api/safeguard-queries.ts';
import { formatCount, formatCountOf } from '../../format/count.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { EmptyNotice, ErrorNotice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/page.tsx';
import { ListSkeleton } from '../../ui/paged-list.tsx';
import { Status } from '../../ui/status.tsx';
import { useMembership, whyNotOperator } from '../session/membership.ts';
import { BudgetDialog } from './budget-dialog.tsx';

const shownMax = 5;

function labelsOf({ matchLabels, perLabel }: DisruptionBudget): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const of = labels.length === 0 ? 'All devices' : labels.join(', ');
  return perLabel === null ? of : `${of}, for each ${perLabel}`;
}

function limitOf({ maximumUnavailable: { count, unit } }: DisruptionBudget): string {
  return unit === 'percent' ? `${count} %` : formatCountOf(count, 'device');
}

function Use({ use, perLabel }: { use: DisruptionBudgetUse; perLabel: string | null }) {
  const { value, unavailable, allowed, devices } = use;
  const name = perLabel === null ? '' : `${value ?? `no ${perLabel}`}: `;
  const isFull = unavailable >= allowed;
  return (
    <li>
      <Status
        tone={isFull ? 'warn' : 'good'}
        label={`${name}${formatCount(unavailable)} of ${formatCount(allowed)} unavailable${isFull ? ', full' : ''}`}
      />{' '}
      <span className="sl-small sl-dim">{formatCountOf(devices, 'device')}</span>
    </li>
  );
}

function Row({ budget }: { budget: DisruptionBudget }) {
  const { organizationId } = useMembership();
  const { data } = useQuery(budgetQuery(organizationId, budget.id));
  const use = data?.use ?? [];
  return (
    <tr>
      <th scope="row" style={{ overflowWrap: 'anywhere' }}>
        {budget.name}
      </th>
      <td style={{ overflowWrap: 'anywhere' }}>{labelsOf(budget)}</td>
      <td>{limitOf(budget)}</td>
      <td>
        <ul style={{ display: 'grid', gap: 4, listStyle: 'none', margin: 0, padding: 0 }}>
          {use.slice(0, shownMax).map((each) => (
            <Use key={each.value ?? ''} use={each} perLabel={budget.perLabel} />
          ))}
        </ul>
        {use.length > shownMax ? <span className="sl-small sl-dim">and {formatCount(use.length - shownMax)} more</span> : null}
      </td>
    </tr>
  );
}

/** How many devices may be unavailable at once, and how many are. */
export function BudgetsPanel() {
  const { organizationId, role } = useMembership();
  const { data, error, refetch } = useQuery(budgetsQuery(organizationId));
  const [adding, setAdding] = useState(false);
  const add = (
    <GuardedButton size="compact-sm" variant="outline" why={whyNotOperator(role, 'Adding a budget')} onPress={() => setAdding(true)}>
      Add a budget…
    </GuardedButton>
  );
  const hasAny = data !== undefined && data.items.length > 0;
  return (
    <Panel title="Disruption budgets" flush aside={hasAny ? add : null}>
      {error === null ? null : <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null ? <ListSkeleton rows={2} /> : null}
      {data?.items.length === 0 ? (
        <EmptyNotice title="No budget" action={add}>
          A budget says how many devices may be unavailable at once, over all rollouts: in the middle of a change, or unhealthy.
        </EmptyNotice>
      ) : null}
      {hasAny ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard (WCAG 2.1.1)
        <section className="sl-table-scroll" tabIndex={0} aria-label="Disruption budgets with their use">
          <table className="sl-table sl-table-wide">
            <thead>
              <tr>
                <th scope="col">Budget</th>
                <th scope="col">Devices</th>
                <th scope="col">Unavailable at most</th>
                <th scope="col">Now, the fullest first</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((budget) => (
                <Row key={budget.id} budget={budget} />
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
      {adding ? <BudgetDialog onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}
