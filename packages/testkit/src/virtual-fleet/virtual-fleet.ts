import type { Report } from '@sluice/contracts';
import { type Clock, systemClock } from '@sluice/platform/clock';
import { type Random, systemRandom } from '@sluice/platform/random';
import type { RetryPolicy } from '@sluice/platform/retry';
import { alwaysSucceed, type BehaviourOf } from './behaviour.ts';
import { createDeviceHttp } from './device-http.ts';
import type { MeasureOf } from './measurements.ts';
import { createVirtualDevice, type VirtualDevice } from './virtual-device.ts';

export type VirtualFleetOptions = {
  /** Where the control plane is, e.g. `http://127.0.0.1:3400`. */
  origin: string;
  enrollmentCode: string;
  count: number;
  /** Names are this, a dash and a number (default `virtual`). */
  namePrefix?: string;
  /** Default: every update goes well. */
  behaviour?: BehaviourOf;
  /** What is different from an ordinary runtime (default: nothing), e.g. its errors or KPIs. */
  measure?: MeasureOf;
  /** How often a device reports its health while nothing changes, in milliseconds (default 30,000, as an agent). */
  healthEveryMs?: number;
  /** How long each of the five steps of an update takes on average, in milliseconds (default 0). */
  paceMs?: number;
  /** How long the control plane may hold a question for news, in seconds (default 25, as an agent; 0: never). */
  waitSeconds?: number;
  /** Default: as an agent, from one second to a minute. */
  retryPolicy?: RetryPolicy;
  clock?: Clock;
  random?: Random;
};

/** A report that the control plane answered for: from then on it must not be lost. */
export type AcknowledgedReport = { deviceId: string; report: Report };

export type VirtualFleet = {
  readonly devices: readonly VirtualDevice[];
  /** Every device begins to enroll and to live; nothing is awaited. */
  start(): void;
  /** Ends all devices at once, wherever they are, and closes their connections. */
  stop(): Promise<void>;
  /** Every report that the control plane acknowledged so far, of each device in the order of its sequence. */
  acknowledged(): readonly AcknowledgedReport[];
};

const agentRetryPolicy: RetryPolicy = { attemptsMax: Number.POSITIVE_INFINITY, baseDelayMs: 1_000, delayMsMax: 60_000 };

/**
 * Devices that speak the device protocol over HTTP with keys of their own, and verify all that is signed, but run nothing: hundreds of them
 * fit into one process. What becomes of each update is decided by `behaviour`.
 */
export function createVirtualFleet(options: VirtualFleetOptions): VirtualFleet {
  const { origin, enrollmentCode, count, namePrefix = 'virtual', behaviour = alwaysSucceed, clock = systemClock } = options;
  const http = createDeviceHttp(origin, clock.now);
  const acknowledged: AcknowledgedReport[] = [];
  const width = String(count - 1).length;
  const devices = Array.from({ length: count }, (_, index) =>
    createVirtualDevice({
      index,
      name: `${namePrefix}-${String(index).padStart(width, '0')}`,
      enrollmentCode,
      behaviour,
      measure: options.measure ?? (() => ({})),
      healthEveryMs: options.healthEveryMs ?? 30_000,
      paceMs: options.paceMs ?? 0,
      waitSeconds: options.waitSeconds ?? 25,
      retryPolicy: options.retryPolicy ?? agentRetryPolicy,
      http,
      clock,
      random: options.random ?? systemRandom,
      onAcknowledged: (deviceId, reports) => acknowledged.push(...reports.map((report) => ({ deviceId, report }))),
    }),
  );
  const stopping = new AbortController();
  let lives: Promise<unknown> = Promise.resolve();
  return {
    devices,
    start: () => {
      lives = Promise.allSettled(devices.map((device) => device.live(stopping.signal)));
    },
    stop: async () => {
      stopping.abort(new Error('the fleet is stopped'));
      await lives;
      http.close();
    },
    acknowledged: () => acknowledged,
  };
}
