import './status.css';
import type { Appearance, Tone } from './tone.ts';

function Shape({ tone }: { tone: Tone }) {
  switch (tone) {
    case 'good':
      return (
        <>
          <circle cx="6" cy="6" r="6" fill="currentColor" />
          <path d="m3.2 6.2 2 2 3.7-4" fill="none" stroke="var(--sl-surface)" strokeWidth="1.6" />
        </>
      );
    case 'bad':
      return (
        <>
          <path d="M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z" fill="currentColor" />
          <path d="m4 4 4 4m0-4-4 4" stroke="var(--sl-surface)" strokeWidth="1.6" />
        </>
      );
    case 'warn':
      return (
        <>
          <path d="M6 .5 12 11.5H0z" fill="currentColor" />
          <path d="M6 4v3.8M6 8.8v1.5" stroke="var(--sl-surface)" strokeWidth="1.5" />
        </>
      );
    case 'move':
      return <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="21 9" />;
    case 'idle':
      return <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="2" />;
  }
}

/** The shape of a tone, so that no meaning hangs on colour alone. */
export function ToneIcon({ tone, size = 12 }: { tone: Tone; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
      focusable="false"
      className={tone === 'move' ? 'sl-status-spin' : undefined}
    >
      <Shape tone={tone} />
    </svg>
  );
}

/** A state in words, with its colour and shape. `filled`: stands out of its row. */
export function Status({ tone, label, filled = false }: Appearance & { filled?: boolean }) {
  return (
    <span className="sl-status" data-tone={tone} data-filled={filled || undefined}>
      <ToneIcon tone={tone} />
      <span className="sl-truncate">{label}</span>
    </span>
  );
}
