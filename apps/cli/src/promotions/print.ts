import type { StageEligibility } from '@sluice/contracts';
import type { Invocation } from '../frame/invocation.ts';
import { plainText } from '../output/text-width.ts';
import { blockerLines } from '../rollouts/tell.ts';
import { isThere } from './outcome.ts';

/** Whether a release may go into a stage now, in sentences; with -o name the codes of what is in the way. */
export function printEligibility({ print, ports }: Invocation, { stageName, isEligible, blockers }: StageEligibility): void {
  if (print.format === 'name') for (const { code } of blockers) print.line(code);
  else if (isThere(blockers)) print.line(`${plainText(stageName)}: it is there already.`);
  else {
    print.line(isEligible ? `${plainText(stageName)}: nothing is in the way.` : `${plainText(stageName)}: not yet.`);
    for (const line of blockerLines(blockers, ports.timeZone)) print.line(line);
  }
}
