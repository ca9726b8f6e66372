/** Types of nodes that lead nowhere by themselves, whatever their properties are called. Addresses in their texts are found all the same. */
const innerTypes: ReadonlySet<string> = new Set([
  'tab',
  'subflow',
  'group',
  'comment',
  'junction',
  'inject',
  'debug',
  'catch',
  'status',
  'complete',
  'link in',
  'link out',
  'link call',
  'function',
  'template',
  'switch',
  'change',
  'range',
  'delay',
  'trigger',
  'rbe',
  'filter',
  'split',
  'join',
  'sort',
  'batch',
  'csv',
  'html',
  'json',
  'xml',
  'yaml',
  'global-config',
  'unknown',
  'http response',
  'tls-config',
]);

/** Families whose properties (`topic`, `path`, `url`) belong to the dashboard or to messages. */
const innerFamily = /^(?:ui_|ui-|uib-|subflow:|OPCUA-IIoT-|OpcUa-)/;

export function isInner(type: string): boolean {
  return innerTypes.has(type) || innerFamily.test(type);
}
