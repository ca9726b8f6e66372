import type { Endpoint } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { postureOf } from './endpoint-words.ts';

const secure = { tls: 'yes', authentication: 'yes', certificateCheck: 'yes' } as const;
const posture = (security: Endpoint['security'], listens = false) => postureOf({ security, listens });

describe('postureOf', () => {
  it('when everything is protected, it is good', () => expect(posture(secure)).toEqual({ label: 'TLS and login', tone: 'good' }));

  it('when TLS is off, it warns and says so', () => expect(posture({ ...secure, tls: 'no' })).toEqual({ label: 'No TLS', tone: 'warn' }));

  it('when certificates are not checked, TLS does not make it good', () =>
    expect(posture({ ...secure, certificateCheck: 'no' })).toEqual({ label: 'Certificates not checked', tone: 'bad' }));

  it('when something listens and asks nobody, it is bad', () =>
    expect(posture({ ...secure, authentication: 'no' }, true)).toEqual({ label: 'Asks nobody who they are', tone: 'bad' }));

  it('when nothing is known, it does not claim anything', () =>
    expect(posture({ tls: 'unknown', authentication: 'unknown', certificateCheck: 'unknown' })).toEqual({
      label: 'Not known',
      tone: 'idle',
    }));

  it('when the question does not arise, there is no answer', () => expect(posture(null)).toBeNull());
});
