import './foreign.css';
import { useState } from 'react';
import { formatCount } from '../format/count.ts';

const lengthMax = 4_000;

/** A value as text: a string as it is, everything else as JSON. */
export function textOfValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
}

/** A value of somebody else's data, always as text. Several lines are code; what is very long is cut until it is wanted. */
export function Value({ value, label }: { value: unknown; label: string }) {
  const [all, setAll] = useState(false);
  const whole = textOfValue(value);
  const shown = all ? whole : whole.slice(0, lengthMax);
  const rest =
    shown.length === whole.length ? null : (
      <button type="button" className="sl-link-button" onClick={() => setAll(true)}>
        Show all {formatCount(whole.length)} characters
      </button>
    );
  if (!shown.includes('\n')) {
    return (
      <span className="sl-value">
        {shown} {rest}
      </span>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="sl-code" tabIndex={0} aria-label={label}>
        {shown}
      </section>
      {rest}
    </>
  );
}
