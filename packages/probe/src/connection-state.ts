import type { ConnectionStatus } from '@sluice/contracts';
import type { NodeStatusEvent } from './node-red.ts';

export type ConnectionState = ConnectionStatus['state'];

/** Core nodes that never stand for a connection, whatever status the flow's author gives them. */
const inwardTypes = new Set([
  'function',
  'status',
  'catch',
  'complete',
  'inject',
  'debug',
  'switch',
  'change',
  'range',
  'template',
  'delay',
  'trigger',
  'rbe',
  'filter',
  'link in',
  'link out',
  'link call',
  'split',
  'join',
  'sort',
  'batch',
  'csv',
  'html',
  'json',
  'xml',
  'yaml',
  'file',
  'file in',
  'watch',
  'exec',
]);

/** Types whose every status is about their connection. Contributed families are recognised by how their types begin. */
const connectionTypes =
  /^(mqtt|websocket|tcp|udp|http request|modbus|opcua|s7|eth-ip|bacnet|serial|amqp|kafka|nats|ff-mqtt|mysql|postgres|mssql|sqlite|influx|mongodb|redis|e-mail|knx|snmp|iec|profinet|ads)/i;

/** Dashboards draw and never connect; their statuses are values. */
const dashboardTypes = /^ui[-_]/i;

const words = {
  disconnected:
    /disconnect|not[ -_]?connected|no[ -_]?connection|connection (lost|closed|failed|refused)|closed|broken|offline|terminated|unreachable|timed? ?out|timeout|failure|failed|error|stopped|\be(conn|host|timedout|pipe)|enotfound|no-response/i,
  connecting: /re-?connect|connecting|initiali[sz]|waiting|pending|handshake|opening/i,
  connected: /connected|active|online|listening|ready|reading|writing|polling|subscribed|open\b|ok\b/i,
} as const;

function stateOfText(text: string): ConnectionState {
  if (words.disconnected.test(text)) return 'disconnected';
  if (words.connecting.test(text)) return 'connecting';
  return words.connected.test(text) ? 'connected' : 'unknown';
}

/** The text of a status as a string: flows put numbers, objects and message keys there. */
export function statusText(text: unknown): string {
  return typeof text === 'string' ? text : text === undefined || text === null ? '' : String(text);
}

/**
 * What a status says about a connection, or undefined when the node does not stand for one.
 * Red is disconnected and green connected, whatever the text; the text decides for the other colours, which nodes use freely.
 * Nodes of unknown types count only when the text itself speaks of a connection, so that a red "temperature high" is no lost connection.
 */
export function connectionState(nodeType: string, status: NonNullable<NodeStatusEvent['status']>): ConnectionState | undefined {
  if (inwardTypes.has(nodeType) || dashboardTypes.test(nodeType)) return undefined;
  const text = statusText(status.text);
  const byText = stateOfText(text);
  if (!connectionTypes.test(nodeType) && !/connect/i.test(text)) return undefined;
  // Modbus nodes show "broken", "closed" and "failure" in yellow: words of loss beat every colour but green.
  if (status.fill === 'green') return 'connected';
  if (status.fill === 'red') return 'disconnected';
  if (status.fill === 'yellow' && byText !== 'disconnected') return 'connecting';
  return byText;
}
