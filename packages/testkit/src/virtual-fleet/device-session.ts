import type { Clock } from '@sluice/platform/clock';
import { signDeviceProof } from '@sluice/trust';
import type { DeviceCalls } from './device-calls.ts';
import { DeviceHttpError } from './device-http.ts';

/** Keeps an access token, renewed before it ends. */
export type DeviceSession = {
  /** Runs a call with a token; once more with a fresh one when the control plane does not take it. */
  withToken<T>(call: (token: string) => Promise<T>): Promise<T>;
};

export type DeviceSessionDeps = {
  calls: DeviceCalls;
  clock: Pick<Clock, 'monotonic'>;
  deviceId: string;
  privateKey: string;
  /** Called with the identity epoch of each new token. */
  onEpoch: (epoch: number) => void;
};

const renewAfterFraction = 0.8;

/** Opens a session for an enrolled device. */
export function createDeviceSession({ calls, clock, deviceId, privateKey, onEpoch }: DeviceSessionDeps): DeviceSession {
  let current: { token: string; renewAtMs: number } | undefined;
  let pending: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    const nonce = await calls.nonce();
    const signature = signDeviceProof({ purpose: 'token', nonce, body: { deviceId } }, privateKey);
    const { accessToken, expiresInSeconds, epoch } = await calls.token({ deviceId, nonce, signature });
    onEpoch(epoch);
    current = { token: accessToken, renewAtMs: clock.monotonic() + expiresInSeconds * 1000 * renewAfterFraction };
    return accessToken;
  };
  const token = (): Promise<string> => {
    if (current !== undefined && clock.monotonic() < current.renewAtMs) return Promise.resolve(current.token);
    // Polling and reporting share one token: two requests for it at once would be one too many.
    pending ??= fetchToken().finally(() => {
      pending = undefined;
    });
    return pending;
  };
  return {
    withToken: async (call) => {
      const used = await token();
      try {
        return await call(used);
      } catch (error) {
        if (!(error instanceof DeviceHttpError) || error.status !== 401) throw error;
        if (current?.token === used) current = undefined;
        return call(await token());
      }
    },
  };
}
