import type { Ports } from '../ports.ts';

export const tones = ['plain', 'dim', 'good', 'bad', 'warning'] as const;
export type Tone = (typeof tones)[number];
/** Colours a text for one output, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const sgr: Readonly<Record<Tone, readonly [number, number]>> = {
  plain: [0, 0],
  dim: [2, 22],
  good: [32, 39],
  bad: [31, 39],
  warning: [33, 39],
};

export const noPaint: Paint = (_tone, text) => text;

/** Colours on a terminal, unless NO_COLOR (https://no-color.org) is set or the terminal is dumb. */
export function paintFor(output: { isTerminal: boolean }, environment: Ports['environment']): Paint {
  const isPlain = !output.isTerminal || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  if (isPlain) return noPaint;
  return (tone, text) => {
    const [on, off] = sgr[tone];
    return tone === 'plain' || text === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

const goodStates = new Set(['succeeded', 'healthy', 'online', 'approved']);
const badStates = new Set([
  'failed',
  'aborted',
  'rejected',
  'unhealthy',
  'revoked',
  'quarantined',
  'rolled_back',
  'rollback_failed',
  'timed_out',
]);
const warningStates = new Set(['paused', 'aborting', 'completed_with_failures', 'pending', 'pending_approval', 'offline', 'superseded']);

/** The tone of a state's name. */
export function toneOfState(state: string): Tone {
  if (goodStates.has(state)) return 'good';
  if (badStates.has(state)) return 'bad';
  return warningStates.has(state) ? 'warning' : 'plain';
}
