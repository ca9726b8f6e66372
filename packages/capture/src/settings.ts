import { CaptureError } from './capture-error.ts';

/**
 * The settings of Node-RED that an application may bring along: plain data about how its flows behave.
 * Everything about addresses, folders, the editor, modules, storage and secrets is the agent's to decide.
 * Names: https://nodered.org/docs/user-guide/runtime/configuration
 */
const allowed = new Set([
  'apiMaxLength',
  'contextStorage',
  'debugMaxLength',
  'debugUseColors',
  'diagnostics',
  'execMaxBufferSize',
  'functionExternalModules',
  'functionGlobalContext',
  'functionTimeout',
  'globalFunctionTimeout',
  'httpNodeCors',
  'httpNodeRoot',
  'httpRequestTimeout',
  'inboundWebSocketTimeout',
  'lang',
  'logging',
  'mqttReconnectTime',
  'nodeMessageBufferMaxLength',
  'serialReconnectTime',
  'socketReconnectTime',
  'socketTimeout',
  'tcpMsgQueueSize',
  'tlsConfigDisableLocalFiles',
  'ui',
]);

const bytesMax = 64 * 1024;

/**
 * Checks the settings of a snapshot.
 * @throws CaptureError naming each setting that an application cannot bring along
 */
export function checkSettings(settings: Readonly<Record<string, unknown>>): void {
  const refused = Object.keys(settings).filter((name) => !allowed.has(name));
  if (refused.length > 0) {
    const errors = refused.slice(0, 20).map((name) => ({
      pointer: `/settings/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: 'is not a setting that an application can bring along; the agent decides it on each device',
    }));
    throw new CaptureError('Some settings cannot be part of a snapshot: see errors.', errors);
  }
  if (Buffer.byteLength(JSON.stringify(settings)) > bytesMax) {
    const errors = [{ pointer: '/settings', detail: `has more than ${bytesMax} bytes` }];
    throw new CaptureError('The settings are too large: see errors.', errors);
  }
}
