import type { RolloutDetail } from '@sluice/contracts';
import { Panel } from '../../ui/page.tsx';
import { Sentence } from '../../ui/sentence.tsx';
import { ToneIcon } from '../../ui/status.tsx';
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
        <ul style={{ display: 'grid', gap: 8, listStyle: 'none', margin: 0, padding: 0 }}>
          {rollout.blockers.map((blocker) => (
            <li
              key={`${blocker.code} ${blocker.waveIndex}`}
              className="sl-notice"
              data-tone={blocker.code.startsWith('paused') ? 'warn' : undefined}
            >
              <ToneIcon tone={blocker.code.startsWith('paused') ? 'warn' : 'idle'} size={14} />
              <div>
                <p className="sl-notice-title">
                  <Sentence text={blocker.sentence} />
                </p>
                <p className="sl-small">
                  <Sentence text={blocker.unblock} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
