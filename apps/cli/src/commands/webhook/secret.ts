import type { Webhook } from '@sluice/contracts';
import type { Invocation } from '../../frame/invocation.ts';

/** Says that the secret is not shown again. */
export function noteSecret({ note, print }: Invocation, { id }: Webhook): void {
  if (print.isForPeople) note('Keep the secret: it is not shown again.');
  else if (print.format === 'name') note(`Its secret was not shown: sluice webhook rotate-secret ${id} gives it a new one.`);
}
