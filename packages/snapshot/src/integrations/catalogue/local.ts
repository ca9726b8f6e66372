import type { NodeReader } from '../reader.ts';
import { fromMessage, joined, type Value } from '../value.ts';
import { at, type CatalogueEntry, type CatalogueFamily, type Connection, user } from './entry.ts';

function file(read: NodeReader): Connection | null {
  const name = read.typed('filename', 'filenameType');
  if (name.symbol === '') return at(fromMessage('filename'), null);
  // A message names the file as a whole, so there is no path to tell.
  return at(name.text.startsWith('(') ? name : joined('file://', name), null);
}

/** One watch looks at several files, separated by commas. */
function watched(read: NodeReader): Connection[] {
  const files = read.text('files');
  if (files.symbol === '') return [];
  const names = files.text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => ({ address: { ...files, text: `file://${name}`, symbol: `file://${name}` }, security: null }));
}

function command(read: NodeReader): Connection | null {
  const value = read.text('command');
  return at(value.symbol === '' ? fromMessage('command') : joined('exec:', value), null);
}

function daemon(read: NodeReader): Connection | null {
  return at(read.has('command') ? joined('exec:', read.text('command'), ' ', read.text('args')) : null, null);
}

const port = (read: NodeReader): Connection | null =>
  at(read.has('serialport') ? joined('serial://', read.text('serialport')) : null, null);
const serialLine = ['serialport', 'serialbaud', 'databits', 'parity', 'stopbits', 'dtr', 'rts', 'cts', 'dsr', 'newline', 'bin', 'out'];

function pin(scheme: string, direction: CatalogueEntry['direction'], ...properties: string[]): CatalogueEntry {
  return {
    kind: 'device',
    integration: properties,
    ...(direction === undefined ? {} : { direction }),
    connection: (read) => at(joined(`${scheme}://`, read.textOr('0', ...properties)), null),
  };
}

/** A chip by its address on its bus; files that name no bus mean the first. */
const chip = (read: NodeReader): Connection | null =>
  at(joined('i2c://', read.textOr('1', 'busNum'), '/', read.textOr('0x20', 'addr')), null);
const chipPin = (read: NodeReader): Value => read.text('bitNum', 'pin');

export const local: CatalogueFamily = {
  exec: {
    kind: 'exec',
    integration: ['command', 'append', 'addpay', 'useSpawn', 'timer'],
    connection: command,
    direction: 'both',
    isPrivileged: true,
  },
  daemon: { kind: 'exec', integration: ['command', 'args', 'op'], connection: daemon, direction: 'both', isPrivileged: true },
  file: { kind: 'file', integration: ['filename', 'filenameType', 'overwriteFile', 'createDir'], connection: file, direction: 'outbound' },
  'file in': { kind: 'file', integration: ['filename', 'filenameType', 'format'], connection: file, direction: 'inbound' },
  watch: { kind: 'file', integration: ['files', 'recursive'], connection: watched, direction: 'inbound' },
  tail: { kind: 'file', integration: ['filename', 'filetype'], connection: file, direction: 'inbound' },
  'serial-port': { kind: 'serial', integration: serialLine, connection: port },
  'serial in': user('serial', 'inbound', ['serial']),
  'serial out': user('serial', 'outbound', ['serial']),
  'serial request': user('serial', 'both', ['serial']),
  'serial control': user('serial', 'both', ['serial']),
  'rpi-gpio in': pin('gpio', 'inbound', 'pin', 'intype'),
  'rpi-gpio out': pin('gpio', 'outbound', 'pin', 'out'),
  'rpi-gpiod in': pin('gpio', 'inbound', 'pin', 'intype'),
  'rpi-gpiod out': pin('gpio', 'outbound', 'pin', 'out'),
  pimcp3008: {
    kind: 'device',
    integration: ['pin', 'dnum', 'dev', 'bus'],
    direction: 'inbound',
    connection: (read) => at(joined('spi://', read.textOr('0', 'bus'), '.', read.textOr('0', 'dnum')), null),
    detail: (read) => read.text('pin'),
  },
  mcp23017chip: { kind: 'device', integration: ['busNum', 'addr'], connection: chip },
  mcp23017input: user('device', 'inbound', ['chip', 'bitNum'], chipPin),
  mcp23017output: user('device', 'outbound', ['chip', 'bitNum'], chipPin),
};
