import { BundleError } from '@sluice/bundle';
import { CaptureError } from '@sluice/capture';
import type { ProblemCode } from '@sluice/contracts';
import { problemStatus } from '@sluice/contracts';
import { PolicyError, SnapshotError } from '@sluice/snapshot';
import { databaseErrorFacts, PipelineInvalidError, SnapshotProtectedError, StoreError } from '@sluice/store';
import { TrustError } from '@sluice/trust';
import { ModuleResolverError } from '../modules/releases/module-resolver.ts';
import { ApiError } from './api-error.ts';
import type { Failure } from './problem.ts';

const retryLater = { 'retry-after': '2' };

/** Fastify's own refusals, by its error code. */
const fastifyFailures: Record<string, Failure> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'MEDIA_TYPE_UNSUPPORTED', detail: 'Send the body as application/json.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', detail: 'The body is larger than this address takes.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BAD_REQUEST', detail: 'The body is empty, although its media type is application/json.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BAD_REQUEST', detail: 'The body is not JSON.' },
  FST_ERR_BAD_URL: { code: 'BAD_REQUEST', detail: 'The URL is not well formed.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'NOT_FOUND', detail: 'There is nothing at this address.' },
};

const codeOfStatus: Record<number, ProblemCode> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  429: 'RATE_LIMITED',
};

function stringMember(error: object, name: 'code' | 'message'): string {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
}

/** The failure of an error that carries a 4xx status of its own, as Fastify's and its plugins' errors do. */
function failureOfStatus(error: object): Failure | undefined {
  const status: unknown = Reflect.get(error, 'statusCode');
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return (
    fastifyFailures[stringMember(error, 'code')] ?? { code: codeOfStatus[status] ?? 'BAD_REQUEST', detail: stringMember(error, 'message') }
  );
}

/** Postgres refuses some values that JSON can hold (SQLSTATE class 22, data exception): a bad request, not our failure. */
function isDataException(error: unknown): boolean {
  return databaseErrorFacts(error).sqlState?.startsWith('22') === true;
}

function failureAt(error: SnapshotError | PolicyError): Failure {
  const errors = [{ pointer: error.pointer, detail: error.message }];
  return { code: error.code, detail: error.message, ...(error.pointer === '' ? {} : { errors }) };
}

/**
 * What to answer when a request ended with this error: one exhaustive place for every class of error the API meets.
 * Undefined: the failure is ours and unexpected.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof ApiError) {
    return {
      code: error.code,
      detail: error.message,
      headers: error.headers,
      ...(error.errors === undefined ? {} : { errors: error.errors }),
      ...(error.findings === undefined ? {} : { findings: error.findings }),
    };
  }
  if (error instanceof CaptureError) return { code: error.code, detail: error.message, errors: error.errors };
  if (error instanceof SnapshotProtectedError) return { code: error.code, detail: error.message, reasons: error.reasons };
  if (error instanceof PipelineInvalidError) return { code: error.code, detail: error.message, errors: error.errors };
  if (error instanceof StoreError) {
    return { code: error.code, detail: error.message, ...(error.code === 'UNAVAILABLE' ? { headers: retryLater } : {}) };
  }
  if (error instanceof SnapshotError || error instanceof PolicyError) return failureAt(error);
  if (error instanceof BundleError) return { code: error.code, detail: error.message };
  if (error instanceof ModuleResolverError) return { code: error.code, detail: error.message };
  if (error instanceof TrustError) return { code: error.code === 'SIGNATURE' ? 'SIGNATURE_INVALID' : 'BAD_REQUEST', detail: error.message };
  if (typeof error !== 'object' || error === null) return undefined;
  if (isDataException(error)) return { code: 'BAD_REQUEST', detail: 'A value of the request cannot be stored.' };
  return failureOfStatus(error);
}

/** Whether the failure is to be logged as an error of ours. */
export function isServerFailure(failure: Failure): boolean {
  return problemStatus[failure.code] >= 500;
}
