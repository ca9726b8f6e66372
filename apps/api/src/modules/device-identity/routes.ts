import { hash } from 'node:crypto';
import { EnrollRequest, EnrollResponse, NonceResponse, type ProblemCode, TokenRequest, TokenResponse } from '@sluice/contracts';
import { type CodeRefusal, enrollDevice, findDeviceIdentity, type Store } from '@sluice/store';
import { TrustError, verifyDeviceProof } from '@sluice/trust';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import type { Nonces } from './nonces.ts';
import type { DeviceTokens } from './tokens.ts';

export type DeviceIdentityDeps = { store: Store; nonces: Nonces; tokens: DeviceTokens };

const codeRefusals: Record<CodeRefusal, [ProblemCode, string]> = {
  invalid: ['ENROLLMENT_CODE_INVALID', 'There is no such enrollment code: check its spelling, or ask for a new one.'],
  expired: ['ENROLLMENT_CODE_EXPIRED', 'The enrollment code has expired: ask for a new one.'],
  exhausted: ['ENROLLMENT_CODE_EXHAUSTED', 'The enrollment code was used as often as it may: ask for a new one.'],
};

/** Checks who signed a request, and that the challenge is ours and fresh. */
function requireProof(
  deps: DeviceIdentityDeps,
  proof: { purpose: 'enroll' | 'token'; nonce: string; body: unknown; signature: string },
  publicKey: string,
): void {
  const { signature, ...content } = proof;
  deps.nonces.check(proof.nonce);
  try {
    verifyDeviceProof(content, { publicKey, signature });
  } catch (cause) {
    if (!(cause instanceof TrustError)) throw cause;
    throw new ApiError('SIGNATURE_INVALID', 'The request is not signed by the key of the device.', { cause });
  }
}

/** How a device becomes one of the fleet, and gets its tokens. These need no token themselves. */
export function registerDeviceIdentity(app: ApiServer, deps: DeviceIdentityDeps): void {
  const nonce = declareRoute({
    operationId: 'createNonce',
    tags: ['device API'],
    summary: 'A challenge for a device to sign; good for a minute.',
    response: { 200: NonceResponse },
  });
  app.post('/nonce', { schema: nonce }, async (_request, reply) => reply.header('cache-control', 'no-store').send(deps.nonces.issue()));

  const enroll = declareRoute({
    operationId: 'enrollDevice',
    tags: ['device API'],
    summary: 'A device presents its key and an enrollment code.',
    description: 'The same key again gets its first answer again. A hardware id that is known under another key waits for approval.',
    body: EnrollRequest,
    response: { 200: EnrollResponse },
    problems: [
      'NONCE_INVALID',
      'SIGNATURE_INVALID',
      'ENROLLMENT_CODE_INVALID',
      'ENROLLMENT_CODE_EXPIRED',
      'ENROLLMENT_CODE_EXHAUSTED',
      'DEVICE_REVOKED',
    ],
  });
  app.post('/enroll', { schema: enroll }, async (request, reply) => {
    const { signature, ...body } = request.body;
    requireProof(deps, { purpose: 'enroll', nonce: body.nonce, body, signature }, body.publicKey);
    const { code, nonce: _nonce, ...device } = body;
    const outcome = await deps.store.transaction((tx) =>
      enrollDevice(tx, { ...device, codeHash: hash('sha256', code, 'hex'), address: request.ip }),
    );
    if ('refused' in outcome) throw new ApiError(...codeRefusals[outcome.refused]);
    const { deviceId, organizationId, approval, root } = outcome.enrolled;
    if (approval !== 'approved' && approval !== 'pending') throw revoked();
    return reply.header('cache-control', 'no-store').send({ deviceId, organizationId, approval, root });
  });

  const token = declareRoute({
    operationId: 'createDeviceToken',
    tags: ['device API'],
    summary: 'A short-lived access token for a device that proves its key.',
    body: TokenRequest,
    response: { 200: TokenResponse },
    problems: ['NONCE_INVALID', 'SIGNATURE_INVALID', 'UNAUTHENTICATED', 'DEVICE_PENDING', 'DEVICE_REVOKED'],
  });
  app.post('/token', { schema: token }, async (request, reply) => {
    const { deviceId, nonce, signature } = request.body;
    deps.nonces.check(nonce);
    const device = await findDeviceIdentity(deps.store, deviceId);
    if (device === undefined) throw new ApiError('UNAUTHENTICATED', 'There is no such device: enroll it.');
    requireProof(deps, { purpose: 'token', nonce, body: { deviceId }, signature }, device.publicKey);
    if (device.approval === 'pending') throw new ApiError('DEVICE_PENDING', 'The device waits for a person to approve it.');
    if (device.approval !== 'approved') throw revoked();
    return reply.header('cache-control', 'no-store').send({ ...deps.tokens.issue(device), epoch: device.epoch });
  });
}

function revoked(): ApiError {
  return new ApiError('DEVICE_REVOKED', "The device's identity was revoked or quarantined: a person has to decide about it.");
}
