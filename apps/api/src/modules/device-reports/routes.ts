import { ReportsRequest, ReportsResponse } from '@sluice/contracts';
import type { ReportOutcome } from '@sluice/store';
import { canonicalJson, sha256Hex } from '@sluice/trust';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import { ApiError } from '../../problems/api-error.ts';
import { retryAfterSeconds } from '../device-desired/poll-interval.ts';
import type { Authenticate } from '../device-identity/authenticate.ts';
import { type ReportIntake, ReportIntakeFullError } from './report-intake.ts';
import { storable } from './sanitize.ts';

export type DeviceReportsDeps = { authenticate: Authenticate; intake: ReportIntake };

/** 500 health reports of runtimes with thousands of connections. */
const bodyBytesMax = 16 * 1024 * 1024;

function answerOf(outcome: ReportOutcome): ReportsResponse {
  switch (outcome.kind) {
    case 'accepted':
      return {
        acknowledged: outcome.acknowledged,
        refused: outcome.refused.map(({ sequence, state, detail }) => ({ sequence, state, detail })),
      };
    case 'conflict':
      throw new ApiError(
        'REPORT_SEQUENCE_CONFLICT',
        `Report ${outcome.sequence} was received before with other content: two devices seem to share this identity. It is quarantined.`,
      );
    case 'revoked':
      throw new ApiError('TOKEN_REVOKED', 'This token counts no more: get a new one with POST /device/v1/token.');
  }
}

/** What devices tell. */
export function registerDeviceReports(app: ApiServer, { authenticate, intake }: DeviceReportsDeps): void {
  const reports = declareRoute({
    operationId: 'sendReports',
    tags: ['device API'],
    summary: 'Reports of a device, exactly once by their sequence; durable when answered.',
    body: ReportsRequest,
    response: { 200: ReportsResponse },
    problems: ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'REPORT_SEQUENCE_CONFLICT', 'BODY_TOO_LARGE'],
  });
  app.post('/reports', { schema: reports, bodyLimit: bodyBytesMax }, async (request) => {
    const { deviceId, organizationId, epoch } = await authenticate(request);
    const digested = storable(request.body.reports)
      .map((report) => ({ report, digest: sha256Hex(canonicalJson(report)) }))
      .sort((left, right) => left.report.sequence - right.report.sequence);
    try {
      return answerOf(await intake.submit({ deviceId, organizationId, epoch, reports: digested }));
    } catch (error) {
      if (!(error instanceof ReportIntakeFullError)) throw error;
      const headers = { 'retry-after': String(retryAfterSeconds(deviceId)) };
      throw new ApiError('UNAVAILABLE', 'Too many reports at once: send them again later.', { headers, cause: error });
    }
  });
}
