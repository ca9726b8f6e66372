import type { StageGates } from '@sluice/contracts';
import { formatDuration } from '../../format/duration.ts';

/** What a release must pass before it comes into a stage, one gate after the other; empty: being verified upstream is enough. */
export function gateWords({ soakMs, approval, window, automatic }: StageGates): string[] {
  return [
    ...(soakMs === 0 ? [] : [`${formatDuration(soakMs)} healthy upstream`]),
    ...(approval === undefined
      ? []
      : [
          `${approval.required} ${approval.role}${approval.required === 1 ? ' approves' : 's approve'}` +
            (approval.creatorExcluded ? ', not who asked' : ''),
        ]),
    ...(window === undefined
      ? []
      : [`${window.recurrence}, ${window.startTime} for ${formatDuration(window.durationMinutes * 60_000)}, ${window.timeZone}`]),
    ...(automatic ? ['Promoted by itself'] : []),
  ];
}
