import { requestOfFiles, withFileParts } from '@sluice/capture';
import { CreateSnapshotRequest, type SnapshotFileQuery } from '@sluice/contracts';
import { readUpload } from '@sluice/snapshot';
import { Compile } from 'typebox/compile';
import { fieldErrorsOf } from '../../http/field-errors.ts';
import { ApiError } from '../../problems/api-error.ts';

/** The media types of a body that is a file instead of a request: a zip archive, or a flow file of any form. */
export const fileMediaTypes = ['application/zip', 'application/octet-stream'] as const;

/** The header with the secret of the file's credentials, percent-encoded: secrets do not belong into addresses, which are logged. */
export const secretHeader = 'sluice-credential-secret';

const checker = Compile(CreateSnapshotRequest);

function checked(request: unknown, detail: string): CreateSnapshotRequest {
  if (checker.Check(request)) return request;
  throw new ApiError('VALIDATION_FAILED', detail, { errors: fieldErrorsOf(checker.Errors(request)) });
}

function secretOf(header: unknown): { credentialSecret?: string } {
  if (typeof header !== 'string') return {};
  try {
    return { credentialSecret: decodeURIComponent(header) };
  } catch {
    const errors = [{ pointer: `/${secretHeader}`, detail: 'is not percent-encoded: write % as %25, and what is not ASCII as %XX' }];
    throw new ApiError('VALIDATION_FAILED', 'The headers of the request are not valid: see errors.', { errors });
  }
}

type Given = { body: unknown; query: SnapshotFileQuery; headers: Readonly<Record<string, unknown>> };

/**
 * The request for a snapshot that a body makes, be it a request in JSON or a file. Whatever the media type led to is checked here: a parser that lets
 * something else through changes nothing.
 * @throws SnapshotError; ApiError VALIDATION_FAILED, for files with pointers as if they were a request in JSON
 */
export function requestOfBody({ body, query, headers }: Given): CreateSnapshotRequest {
  const isFile = body instanceof Uint8Array;
  const request = isFile
    ? checked(
        { ...requestOfFiles(readUpload(body)), ...secretOf(headers[secretHeader]) },
        'What the file declares is not valid: see errors.',
      )
    : withFileParts(checked(body, 'The body of the request is not valid: see errors.'));
  const { credentials, lock, ...rest } = request;
  return {
    ...rest,
    ...(credentials === undefined || query.credentials === 'omit' ? {} : { credentials }),
    ...(lock === undefined || query.lock === 'omit' ? {} : { lock }),
    ...(query.message === undefined ? {} : { message: query.message }),
  };
}
