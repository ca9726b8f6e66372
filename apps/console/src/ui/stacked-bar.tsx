import './stacked-bar.css';
import { formatCount } from '../format/count.ts';
import { Status } from './status.tsx';
import type { Tone } from './tone.ts';

export type Segment = { key: string; label: string; tone: Tone; count: number };

/** Shares of a whole as one bar. Its text alternative names every share; put a table beside it where the numbers matter. */
export function StackedBar({ segments, label, large = false }: { segments: readonly Segment[]; label: string; large?: boolean }) {
  const shown = segments.filter(({ count }) => count > 0);
  const words = shown.map((segment) => `${formatCount(segment.count)} ${segment.label.toLowerCase()}`).join(', ');
  return (
    <div className="sl-bar" role="img" aria-label={`${label}: ${words === '' ? 'none' : words}`} data-size={large ? 'large' : undefined}>
      {shown.map(({ key, tone, count }) => (
        <span key={key} data-tone={tone} style={{ flexGrow: count }} />
      ))}
    </div>
  );
}

/** The shares in words, below their bar. */
export function Legend({ segments }: { segments: readonly Segment[] }) {
  return (
    <ul className="sl-legend">
      {segments.map(({ key, label, tone, count }) => (
        <li key={key}>
          <Status tone={tone} label={label} />
          <b>{formatCount(count)}</b>
        </li>
      ))}
    </ul>
  );
}
