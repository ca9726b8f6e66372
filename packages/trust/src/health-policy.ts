import type { HealthPolicy } from '@sluice/contracts';
import { readInteger, readObject, readOneOf } from './parse.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;

/** Reads the health policy of a release manifest; the bounds are those of the contract. */
export function parseHealthPolicy(value: unknown, at: string): HealthPolicy {
  const members = readObject(value, at, [
    'startTimeoutMs',
    'windowMs',
    'decideWithinMs',
    'connections',
    'connectionGraceMs',
    'maximumUncaughtErrors',
    'maximumEventLoopLagMs',
  ]);
  const integer = (name: string, minimum: number, maximum: number): number => readInteger(members[name], `${at}/${name}`, minimum, maximum);
  return {
    startTimeoutMs: integer('startTimeoutMs', 1_000, hourMs),
    windowMs: integer('windowMs', 0, dayMs),
    decideWithinMs: integer('decideWithinMs', 1_000, dayMs),
    connections: readOneOf(members['connections'], `${at}/connections`, ['all', 'previously_connected', 'ignore'] as const),
    connectionGraceMs: integer('connectionGraceMs', 0, hourMs),
    maximumUncaughtErrors: integer('maximumUncaughtErrors', 0, 1_000_000),
    maximumEventLoopLagMs: integer('maximumEventLoopLagMs', 1, hourMs),
  };
}
