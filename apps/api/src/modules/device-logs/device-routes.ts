import { LogReceipt, LogUpload, Uuid } from '@sluice/contracts';
import { Type } from 'typebox';
import { declareRoute } from '../../http/route-schema.ts';
import type { ApiServer } from '../../http/server.ts';
import type { Authenticate } from '../device-identity/authenticate.ts';
import type { LogIntake } from './intake.ts';

/** Some hundred kilobytes of lines, as JSON. */
const bodyBytesMax = 1024 * 1024;

const upload = declareRoute({
  operationId: 'sendLogs',
  tags: ['device API'],
  summary: 'Lines of a log of the device, because a person asked for them; or why there are none.',
  description: 'Sending it again changes nothing and is answered alike, so a device repeats it until it is answered.',
  params: Type.Object({ logRequestId: Uuid }),
  body: LogUpload,
  response: { 200: LogReceipt },
  problems: ['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'NOT_FOUND', 'STATE_CONFLICT', 'BODY_TOO_LARGE'],
});

/** Where devices hand in lines of their logs. */
export function registerLogUpload(app: ApiServer, { authenticate, intake }: { authenticate: Authenticate; intake: LogIntake }): void {
  app.post('/log-requests/:logRequestId', { schema: upload, bodyLimit: bodyBytesMax }, async (request) => {
    const { deviceId } = await authenticate(request);
    return intake.take({ deviceId, logRequestId: request.params.logRequestId }, request.body);
  });
}
