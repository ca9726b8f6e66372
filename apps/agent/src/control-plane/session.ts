import { signDeviceProof } from '@sluice/trust';
import type { Clock } from '../ports/index.ts';
import type { DeviceApi } from './device-api.ts';
import { HttpError } from './http-error.ts';

export type SessionDeps = {
  api: DeviceApi;
  clock: Clock;
  deviceId: string;
  privateKey: string;
  /** Called with the identity epoch of each new token. */
  onEpoch: (epoch: number) => Promise<void>;
};

/** Keeps an access token, renewed before it ends. */
export type Session = {
  /** Runs a call with a token; once more with a fresh one when the control plane does not take it. */
  withToken<T>(call: (token: string) => Promise<T>): Promise<T>;
};

/** The token is renewed after this part of its life. */
const renewAfterFraction = 0.8;

/** Opens a session for an enrolled device. */
export function createSession(deps: SessionDeps): Session {
  let current: { token: string; renewAt: number } | undefined;
  let pending: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    const nonce = await deps.api.nonce();
    const body = { deviceId: deps.deviceId };
    const signature = signDeviceProof({ purpose: 'token', nonce, body }, deps.privateKey);
    const answer = await deps.api.token({ ...body, nonce, signature });
    await deps.onEpoch(answer.epoch);
    current = { token: answer.accessToken, renewAt: deps.clock.monotonic() + answer.expiresInSeconds * 1000 * renewAfterFraction };
    return answer.accessToken;
  };
  const token = (): Promise<string> => {
    if (current !== undefined && deps.clock.monotonic() < current.renewAt) return Promise.resolve(current.token);
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
        if (!(error instanceof HttpError) || error.status !== 401) throw error;
        if (current?.token === used) current = undefined;
        return call(await token());
      }
    },
  };
}
