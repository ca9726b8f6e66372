/** A node of a flow file. */
export type FlowNode = { id: string; type: string; [property: string]: unknown };

/** The releases of the story: 1 reads the PLC, 2 adds OEE and the ERP, 3 is 2 with a new and wrong idea about the PLC's port. */
export type StoryVersion = 1 | 2 | 3;

const tab = '5a11ce0000000001';
const plc = '5a11ce0000000002';
const broker = '5a11ce0000000003';
const read = '5a11ce0000000010';
const publish = '5a11ce0000000011';
const publisher = '5a11ce0000000012';
const oee = '5a11ce0000000020';
const orders = '5a11ce0000000021';
const erp = '5a11ce0000000022';

/** A property that Node-RED replaces by an environment variable. */
const variable = (name: string): string => `\${${name}}`;

const unifiedNamespace = (flow: string): string => `// Registers of the line to topics of the Unified Namespace.
const [state, high, low, rejected, temperature, speed, order] = msg.payload;
const root = env.get('UNS_ROOT');
const at = new Date().toISOString();
const topic = (name, value) => ({ topic: root + '/' + name, payload: { value, at, flow: '${flow}' } });
return [[
  topic('state', state === 1 ? 'producing' : 'idle'),
  topic('bottles', high * 65536 + low),
  topic('rejected', rejected),
  topic('temperature', temperature / 10),
  topic('speed', speed),
  topic('order', order),
]];`;

const overallEquipmentEffectiveness = (
  flow: string,
): string => `// OEE = availability x performance x quality, over the minutes since the flow started.
const [state, high, low, rejected, , speed, , ideal] = msg.payload;
const filled = high * 65536 + low;
const seen = context.get('seen') || { polls: 0, producing: 0 };
seen.polls += 1;
seen.producing += state === 1 ? 1 : 0;
context.set('seen', seen);
const availability = seen.producing / seen.polls;
const performance = Math.min(1, speed / ideal);
const quality = filled === 0 ? 1 : (filled - rejected) / filled;
const round = (value) => Math.round(value * 1000) / 1000;
return {
  topic: env.get('UNS_ROOT') + '/oee',
  payload: { value: round(availability * performance * quality), availability: round(availability), performance: round(performance), quality: round(quality), at: new Date().toISOString(), flow: '${flow}' },
};`;

const orderCounts = `// Every eighth poll (about two seconds) the counts of the order go to the ERP.
const polls = (context.get('polls') || 0) + 1;
context.set('polls', polls);
if (polls % 8 !== 0) return null;
const [, high, low, rejected, , , order] = msg.payload;
const parts = env.get('UNS_ROOT').split('/');
const filled = high * 65536 + low;
return { method: 'POST', payload: { site: parts[1], line: parts[3], order, good: filled - rejected, rejected } };`;

function functionNode(id: string, name: string, func: string, position: [number, number], wires: string[]): FlowNode {
  return {
    id,
    type: 'function',
    z: tab,
    name,
    func,
    outputs: 1,
    timeout: 0,
    noerr: 0,
    initialize: '',
    finalize: '',
    libs: [],
    x: position[0],
    y: position[1],
    wires: [wires],
  };
}

function plcClient(version: StoryVersion): FlowNode {
  return {
    id: plc,
    type: 'modbus-client',
    name: 'Line PLC',
    clienttype: 'tcp',
    bufferCommands: true,
    stateLogEnabled: false,
    queueLogEnabled: false,
    failureLogEnabled: true,
    tcpHost: variable('PLC_HOST'),
    tcpPort: version === 3 ? variable('PLC_GATEWAY_PORT') : variable('PLC_PORT'),
    tcpType: 'DEFAULT',
    serialPort: '/dev/ttyUSB',
    serialType: 'RTU-BUFFERD',
    serialBaudrate: '9600',
    serialDatabits: '8',
    serialStopbits: '1',
    serialParity: 'none',
    serialConnectionDelay: '100',
    serialAsciiResponseStartDelimiter: '0x3A',
    unit_id: '1',
    commandDelay: '1',
    clientTimeout: '1000',
    reconnectOnTimeout: true,
    reconnectTimeout: '1000',
    parallelUnitIdsAllowed: true,
  };
}

function plantBroker(): FlowNode {
  return {
    id: broker,
    type: 'mqtt-broker',
    name: 'Plant broker',
    broker: variable('BROKER_HOST'),
    port: variable('BROKER_PORT'),
    clientid: '',
    autoConnect: true,
    usetls: false,
    protocolVersion: '4',
    keepalive: '30',
    cleansession: true,
    birthTopic: '',
    closeTopic: '',
    willTopic: '',
  };
}

function readLine(targets: string[]): FlowNode {
  return {
    id: read,
    type: 'modbus-read',
    z: tab,
    name: 'Read the line',
    topic: '',
    showStatusActivities: false,
    logIOActivities: false,
    showErrors: false,
    showWarnings: true,
    unitid: '1',
    dataType: 'HoldingRegister',
    adr: '0',
    quantity: '8',
    rate: '250',
    rateUnit: 'ms',
    delayOnStart: false,
    startDelayTime: '',
    server: plc,
    useIOFile: false,
    ioFile: '',
    useIOForPayload: false,
    emptyMsgOnFail: false,
    x: 140,
    y: 120,
    wires: [targets, []],
  };
}

function line(version: StoryVersion): FlowNode[] {
  const targets = version === 1 ? [publish] : [publish, oee, orders];
  return [
    { id: tab, type: 'tab', label: 'Bottling line', disabled: false, info: 'PLC to Unified Namespace', env: [] },
    plcClient(version),
    plantBroker(),
    readLine(targets),
    functionNode(publish, 'To Unified Namespace', unifiedNamespace(`v${version}`), [380, 120], [publisher]),
    {
      id: publisher,
      type: 'mqtt out',
      z: tab,
      name: 'Publish',
      topic: '',
      qos: '0',
      retain: '',
      respTopic: '',
      contentType: '',
      userProps: '',
      correl: '',
      expiry: '',
      broker,
      x: 620,
      y: 120,
      wires: [],
    },
  ];
}

function enterprise(version: StoryVersion): FlowNode[] {
  return [
    functionNode(oee, 'OEE', overallEquipmentEffectiveness(`v${version}`), [380, 200], [publisher]),
    functionNode(orders, 'Order counts', orderCounts, [380, 280], [erp]),
    {
      id: erp,
      type: 'http request',
      z: tab,
      name: 'Post to ERP',
      method: 'use',
      ret: 'obj',
      paytoqs: 'ignore',
      url: variable('ERP_ORDERS_URL'),
      tls: '',
      persist: true,
      proxy: '',
      insecureHTTPParser: false,
      authType: '',
      senderr: false,
      headers: [],
      x: 620,
      y: 280,
      wires: [[]],
    },
  ];
}

/** The flows of a release of the bottling line, as Node-RED stores them. */
export function bottlingFlows(version: StoryVersion): FlowNode[] {
  return version === 1 ? line(version) : [...line(version), ...enterprise(version)];
}

/** The package.json of each release: `node-red-contrib-modbus` 5.23.3 is the newest whose dependencies all come from the npm registry. */
export const bottlingPackage = {
  name: 'bottling-line',
  description: 'Bottling line to Unified Namespace and ERP',
  version: '1.0.0',
  private: true,
  dependencies: { 'node-red': '5.0.7', 'node-red-contrib-modbus': '5.23.3' },
};
