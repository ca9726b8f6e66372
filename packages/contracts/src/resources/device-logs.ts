import { type Static, Type } from 'typebox';
import { Closed, Timestamp, Uuid } from '../schema.ts';
import { OneOf } from '../states.ts';

/** Which log: what the runtime wrote, or the agent itself since it started. */
export const deviceLogSources = ['runtime', 'agent'] as const;
export type DeviceLogSource = (typeof deviceLogSources)[number];

/** How far a request for lines is. Open until it is completed, failed or expired. */
export const logRequestStates = ['requested', 'delivered', 'completed', 'failed', 'expired'] as const;
export type LogRequestState = (typeof logRequestStates)[number];

/** Lines that one request can ask for. */
export const logLinesMax = 5_000;
/** Characters of one line; longer ones are cut by the device. */
export const logLineLengthMax = 4_000;

const LineCount = Type.Integer({ minimum: 1, maximum: logLinesMax });

/** What the device is told with its next question. It is not signed: it can only make the device tell, without its secrets. */
export const LogQuestion = Closed({ id: Uuid, source: OneOf(deviceLogSources), lines: LineCount });
export type LogQuestion = Static<typeof LogQuestion>;

/** `POST /device/v1/log-requests/{id}`: the newest lines, the oldest of them first; or why there are none. */
export const LogUpload = Type.Union([
  Closed({
    lines: Type.Array(Type.String({ maxLength: logLineLengthMax }), { maxItems: logLinesMax }),
    truncated: Type.Boolean({
      description: 'The lines that were asked for are more than may be sent: the oldest were left out, or long ones cut.',
    }),
  }),
  Closed({
    failure: Closed({ code: Type.String({ minLength: 1, maxLength: 100 }), message: Type.String({ maxLength: 1000 }) }),
  }),
]);
export type LogUpload = Static<typeof LogUpload>;

/** What became of it. The same upload again is answered alike. */
export const LogReceipt = Closed({ state: OneOf(['completed', 'failed'] as const) });
export type LogReceipt = Static<typeof LogReceipt>;

/** `POST …/devices/{id}/log-requests`. */
export const RequestLogsRequest = Closed({
  source: Type.Optional(OneOf(deviceLogSources)),
  lines: Type.Optional(Type.Integer({ minimum: 1, maximum: logLinesMax, description: 'How many at most, the newest (200).' })),
});
export type RequestLogsRequest = Static<typeof RequestLogsRequest>;

/** Lines of a log of a device, asked for by a person. Values of its variables and its credentials are replaced by their names. */
export const LogRequest = Closed({
  id: Uuid,
  deviceId: Uuid,
  deviceName: Type.String(),
  source: OneOf(deviceLogSources),
  lineCount: LineCount,
  state: OneOf(logRequestStates),
  requestedBy: Type.String(),
  requestedAt: Timestamp,
  expiresAt: Timestamp,
  deliveredAt: Type.Union([Timestamp, Type.Null()]),
  finishedAt: Type.Union([Timestamp, Type.Null()]),
  lines: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'Null until it is completed, and in lists.' }),
  truncated: Type.Union([Type.Boolean(), Type.Null()]),
  failure: Type.Union([Closed({ code: Type.String(), message: Type.String() }), Type.Null()]),
});
export type LogRequest = Static<typeof LogRequest>;
