import type { RolloutApproval, RolloutDetail } from '@sluice/contracts';
import { Facts } from '../../ui/facts.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/page.tsx';
import { policyFacts } from './policy-words.ts';

function Approvals({ approvals }: { approvals: readonly RolloutApproval[] }) {
  if (approvals.length === 0) return null;
  return (
    <ul aria-label="Approvals" style={{ display: 'grid', gap: 6, listStyle: 'none', margin: '14px 0 0', padding: 0 }}>
      {approvals.map(({ waveIndex, person, comment, at, counts }) => (
        <li key={`${waveIndex} ${person} ${at}`} style={{ overflowWrap: 'anywhere' }}>
          <b>{person}</b> approved {waveIndex === null ? 'the start' : `wave ${waveIndex + 1}`}
          {comment === '' ? '' : `: ${comment}`}
          <div className="sl-small sl-dim">
            <Moment at={at} />
            {counts ? '' : ' · void: the rollout was edited since, or the person no longer has the role'}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The rules this rollout goes by, what sets it apart from others, and who said yes. */
export function PolicyPanel({ rollout }: { rollout: RolloutDetail }) {
  const { startAt, priority, hotfixReason, policy, policyVersion, approvals } = rollout;
  const own = [
    ...(startAt === null ? [] : [{ name: 'Start', value: <Moment at={startAt} /> }]),
    ...(priority === 0 ? [] : [{ name: 'Priority', value: priority }]),
    ...(hotfixReason === null ? [] : [{ name: 'Hotfix, passes freezes', value: hotfixReason }]),
  ];
  return (
    <Panel title="Policy" aside={<span className="sl-small sl-dim">Version {policyVersion}</span>}>
      <Facts single facts={[...own, ...policyFacts(policy)]} />
      <Approvals approvals={approvals} />
    </Panel>
  );
}
