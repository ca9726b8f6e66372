import { CaptureReceipt, CaptureUpload, problemStatus, Uuid } from '@sluice/contracts';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { failureOf } from '../../problems/failure.ts';
import type { Authenticate } from '../device-identity/authenticate.ts';
import type { CaptureAddress, CaptureIntake } from './intake.ts';

export type CaptureUploadDeps = { authenticate: Authenticate; intake: CaptureIntake };

/** Flows may have 25 MiB, as those of any snapshot; the rest is room for JSON's escapes and the facts around them. */
const bodyBytesMax = 32 * 1024 * 1024;

/** What the device sent cannot be used, and would not be better the next time. */
const unusable: ReadonlySet<number> = new Set([400, 413, 415, 422]);

const upload = declareRoute({
  operationId: 'sendCapture',
  tags: ['device API'],
  summary: 'What runs on the device now, because a person asked for it; or why it cannot be told.',
  description:
    'A snapshot comes of it when the flows differ from those of the release. Sending it again changes nothing and is answered alike, so a device ' +
    'repeats it until it is answered. What cannot be used ends the capture as failed.',
  params: Type.Object({ captureId: Uuid }),
  body: CaptureUpload,
  response: { 200: CaptureReceipt },
  problems: [
    'UNAUTHENTICATED',
    'TOKEN_EXPIRED',
    'TOKEN_REVOKED',
    'NOT_FOUND',
    'CAPTURE_EXPIRED',
    'VALIDATION_FAILED',
    'FLOWS_MALFORMED',
    'FLOWS_TOO_LARGE',
  ],
});

type UploadRequest = Pick<FastifyRequest, 'headers' | 'params'>;

/** Undefined when the address names no capture at all. */
async function addressOf(authenticate: Authenticate, request: UploadRequest): Promise<CaptureAddress | undefined> {
  const { organizationId, deviceId } = await authenticate(request);
  const captureId: unknown = Reflect.get(Object(request.params), 'captureId');
  return Value.Check(Uuid, captureId) ? { organizationId, deviceId, captureId } : undefined;
}

function tooLarge(error: unknown): ApiError | undefined {
  if (Reflect.get(Object(error), 'code') !== 'FST_ERR_CTP_BODY_TOO_LARGE') return undefined;
  return new ApiError('FLOWS_TOO_LARGE', `What the device sent is larger than ${bodyBytesMax} bytes. Move large data out of the flows.`);
}

/** Where devices hand in what runs there. */
export function registerCaptureUpload(app: ApiServer, { authenticate, intake }: CaptureUploadDeps): void {
  const refuse = async (error: unknown, request: UploadRequest): Promise<never> => {
    const thrown = tooLarge(error) ?? error;
    const failure = failureOf(thrown);
    if (failure !== undefined && unusable.has(problemStatus[failure.code])) {
      const address = await addressOf(authenticate, request).catch(() => undefined);
      const { code, detail: message } = failure;
      // Expired or foreign: then there is nothing to end, and the first error is the one to tell.
      if (address !== undefined) await intake.fail(address, { code, message }).catch(() => undefined);
    }
    throw thrown;
  };
  app.post(
    '/captures/:captureId',
    {
      schema: upload,
      bodyLimit: bodyBytesMax,
      // Before the body is read: only who was asked can make us read so much.
      onRequest: async (request) => {
        const address = await addressOf(authenticate, request);
        if (address !== undefined) await intake.check(address);
      },
      errorHandler: refuse,
    },
    async (request) => {
      const { organizationId, deviceId } = await authenticate(request);
      return intake.take({ organizationId, deviceId, captureId: request.params.captureId }, request.body);
    },
  );
}
