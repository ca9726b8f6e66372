import './link-indicator.css';
import { Tooltip } from '@mantine/core';
import type { LinkState } from './change-stream.ts';
import { useLinkState } from './live-provider.tsx';

const words: Record<LinkState, { label: string; explanation: string }> = {
  connecting: { label: 'Connecting', explanation: 'Opening the stream of changes.' },
  live: { label: 'Live', explanation: 'Changes arrive by themselves.' },
  reconnecting: {
    label: 'Reconnecting',
    explanation: 'The link to the control plane is broken: what you see may be old. Devices go on with what they run.',
  },
};

/** Says whether what the page shows is kept up to date. */
export function LinkIndicator() {
  const state = useLinkState();
  return (
    <Tooltip label={words[state].explanation}>
      <span className="sl-link" data-state={state} role="status" aria-label={`Connection: ${words[state].label}`}>
        <span>{words[state].label}</span>
      </span>
    </Tooltip>
  );
}
