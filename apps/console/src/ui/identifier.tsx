import './identifier.css';
import { VisuallyHidden } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';

/** What a machine calls something, to copy. `digits`: show so many of its first characters only. */
export function Identifier({ value, label, digits }: { value: string; label: string; digits?: number }) {
  const clipboard = useClipboard();
  const shown = digits !== undefined && value.length > digits ? `${value.slice(0, digits)}…` : value;
  return (
    <button type="button" className="sl-identifier" onClick={() => clipboard.copy(value)} title={`Copy ${label}: ${value}`}>
      <VisuallyHidden>Copy {label} </VisuallyHidden>
      <span className="sl-truncate">{shown}</span>
      {clipboard.copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
      <VisuallyHidden aria-live="polite">{clipboard.copied ? 'Copied' : ''}</VisuallyHidden>
    </button>
  );
}
