import { VisuallyHidden } from '@mantine/core';
import type { NodeChange } from '@sluice/contracts';
import { changeWords } from './words.ts';

/** Added, removed or changed, as a sign and in words. */
export function ChangeSign({ change }: { change: NodeChange['change'] }) {
  const { sign, label } = changeWords[change];
  return (
    <span className="sl-sign" data-change={change} title={label}>
      <span aria-hidden>{sign}</span>
      <VisuallyHidden>{label}: </VisuallyHidden>
    </span>
  );
}
