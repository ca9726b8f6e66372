import type { ReactNode } from 'react';
import { Sentence } from '../../ui/sentence.tsx';
import { ToneIcon } from '../../ui/status.tsx';
import type { Tone } from '../../ui/tone.ts';

/** What holds something: a rollout, a device, a promotion. */
type Held = { code: string; sentence: string; unblock: string; waveIndex?: number | null };

/** Nothing of this gets better by itself: somebody has to do something. */
const needsPerson = new Set([
  'pending_approval',
  'waiting_for_wave_approval',
  'waiting_for_approval',
  'variable_missing',
  'policy_blocked',
  'held',
  'server_restored',
  'device_pending_approval',
  'device_quarantined',
  'device_revoked',
  'device_not_reconciling',
  'device_refuses',
  'last_deployment_failed',
]);

function toneOf({ code }: Held): Tone {
  return code.startsWith('paused') || needsPerson.has(code) ? 'warn' : 'idle';
}

/** What holds something, and what would change that; with what can be done about it here. */
export function BlockerList<B extends Held>({ blockers, actionOf }: { blockers: readonly B[]; actionOf?: (blocker: B) => ReactNode }) {
  return (
    <ul style={{ display: 'grid', gap: 8, listStyle: 'none', margin: 0, padding: 0 }}>
      {blockers.map((blocker) => (
        <li
          key={`${blocker.code} ${blocker.waveIndex} ${blocker.sentence}`}
          className="sl-notice"
          data-tone={toneOf(blocker) === 'warn' ? 'warn' : undefined}
        >
          <ToneIcon tone={toneOf(blocker)} size={14} />
          <div style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
            <p className="sl-notice-title">
              <Sentence text={blocker.sentence} />
            </p>
            <p className="sl-small">
              <Sentence text={blocker.unblock} />
            </p>
            {actionOf?.(blocker)}
          </div>
        </li>
      ))}
    </ul>
  );
}
