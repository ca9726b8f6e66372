import './disclosure.css';
import { type ReactNode, useState } from 'react';

/** Something with a summary that opens on demand. What is inside is made when it is opened: there may be thousands of these. */
export function Disclosure({
  summary,
  initiallyOpen = false,
  flush = false,
  children,
}: {
  summary: ReactNode;
  initiallyOpen?: boolean;
  /** Its content reaches the edges. */
  flush?: boolean;
  children: () => ReactNode;
}) {
  const [open, setOpen] = useState(initiallyOpen);
  return (
    <details className="sl-disclosure" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {open ? <div className={flush ? undefined : 'sl-disclosure-body'}>{children()}</div> : null}
    </details>
  );
}
