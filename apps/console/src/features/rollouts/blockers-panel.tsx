import type { RolloutDetail } from '@sluice/contracts';
import { Panel } from '../../ui/page.tsx';
import { BlockerList } from './blocker-list.tsx';
import { isEndedRollout } from './states.ts';

/** Why a rollout is not moving now, and what would change that. Nothing once it has ended. */
export function BlockersPanel({ rollout }: { rollout: RolloutDetail }) {
  if (isEndedRollout(rollout.state)) return null;
  return (
    <Panel title="Why is it not moving?">
      {rollout.blockers.length === 0 ? (
        <p className="sl-small sl-dim" style={{ margin: 0 }}>
          Nothing holds it: the next step is under way.
        </p>
      ) : (
        <BlockerList blockers={rollout.blockers} />
      )}
    </Panel>
  );
}
