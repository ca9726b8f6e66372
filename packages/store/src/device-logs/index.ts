/** What a person asks a device for: lines of a log. */

export { finishLogRequest, type LockedLogRequest, lockLogRequest, markLogRequestDelivered } from './lifecycle.ts';
export { getLogRequest, listLogRequests, requestDeviceLogs } from './log-requests.ts';
