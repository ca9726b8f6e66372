import type { InstalledRelease, RuntimeHealth } from '@sluice/contracts';

/** What a device measures is decided from: who it is, what it runs, and for how long. */
export type MeasuredDevice = { index: number; name: string; running: InstalledRelease; uptimeMs: number };

/** What is different from an ordinary device: more errors, other KPIs. Called for each report of its health. */
export type MeasureOf = (device: MeasuredDevice) => Partial<RuntimeHealth>;

const mebibyte = 1_048_576;
const daysMs = 86_400_000;
/** An ordinary device reports an error in so many milliseconds. */
const errorEveryMs = daysMs / 4;

/** Numbers as a small gateway reports them: each device has its own, which stay about the same. */
export function measurementsOf(device: MeasuredDevice, at: string, measure: MeasureOf): RuntimeHealth {
  const { index, uptimeMs } = device;
  const messagesPerSecond = 4 + (index % 7);
  const heapUsedBytes = (48 + (index % 16)) * mebibyte;
  return {
    measuredAt: at,
    runtimeVersion: '5.0.7',
    nodeVersion: '24.0.0',
    flowsState: 'started',
    flowsRevision: null,
    missingTypes: [],
    credentialsReadable: true,
    connections: [],
    uncaughtErrors: 0,
    nodeErrors: Math.floor(uptimeMs / errorEveryMs),
    lastError: null,
    messagesTotal: Math.round((uptimeMs / 1_000) * messagesPerSecond),
    messagesPerSecond,
    eventLoopLagMs: 1 + (index % 4),
    heapUsedBytes,
    residentBytes: heapUsedBytes + 60 * mebibyte,
    uptimeMs: Math.round(uptimeMs),
    ...measure(device),
  };
}
