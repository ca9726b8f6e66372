import type { StageGates } from '@sluice/contracts';
import { isTimeZone, windowProblem } from './windows.ts';

/** What is wrong with the gates of a stage beyond their schema: JSON pointers (RFC 6901) into them, and words. An empty list: nothing. */
export function stageGateProblems({ window }: StageGates): readonly { readonly pointer: string; readonly detail: string }[] {
  if (window === undefined) return [];
  if (!isTimeZone(window.timeZone)) {
    const detail = `"${window.timeZone}" is no time zone: name one of the IANA database, such as Europe/Vienna.`;
    return [{ pointer: '/window/timeZone', detail }];
  }
  const detail = windowProblem(window);
  return detail === null ? [] : [{ pointer: '/window', detail }];
}
