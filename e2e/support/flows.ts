type Node = { id: string; type: string; [property: string]: unknown };

/** A name that does harm wherever it is taken for more than text. */
export const hostileName = '<img src=x onerror="document.title=\'broken\'"> & "scale" </script>';

/** What the lines of the plant run: they talk to a broker and are asked over HTTP. */
export function bottlingFlows(name: string): Node[] {
  const tab = name.padStart(16, '0');
  return [
    { id: tab, type: 'tab', label: `Bottling ${name}` },
    {
      id: 'plant-broker',
      type: 'mqtt-broker',
      name: 'Plant broker',
      broker: 'broker.plant.example',
      port: '8883',
      usetls: true,
      tls: 'plant-tls',
    },
    { id: 'plant-tls', type: 'tls-config', name: 'Plant authority', verifyservercert: true },
    { id: 'speed', type: 'mqtt out', z: tab, name: 'Speed', topic: 'bottling/speed', broker: 'plant-broker', x: 300, y: 80, wires: [] },
    { id: 'status', type: 'http in', z: tab, name: 'Status', url: '/status', method: 'get', x: 100, y: 160, wires: [['answer']] },
    { id: 'answer', type: 'http response', z: tab, name: '', x: 300, y: 160, wires: [] },
  ];
}

const weightBefore = ['const limit = 500;', 'if (msg.payload > limit) {', '  msg.topic = "heavy";', '}', 'return msg;'].join('\n');
const weightAfter = [
  'const limit = env.get("LIMIT");',
  'if (msg.payload > limit) {',
  '  msg.topic = "heavy";',
  '  node.warn("too heavy");',
  '}',
  'return msg;',
].join('\n');

/** A packing line before and after a change that touches every class that a reviewer has to see. */
export const packingFlows: { before: Node[]; after: Node[] } = {
  before: [
    { id: 'packing', type: 'tab', label: 'Packing' },
    { id: 'broker', type: 'mqtt-broker', name: 'Line broker', broker: 'broker.plant.example', port: '8883', usetls: true, tls: 'tls' },
    { id: 'tls', type: 'tls-config', name: 'Plant authority', verifyservercert: true },
    { id: 'tick', type: 'inject', z: 'packing', name: 'Every second', repeat: '1', x: 100, y: 80, wires: [['weight']] },
    {
      id: 'weight',
      type: 'function',
      z: 'packing',
      name: 'Check weight',
      func: weightBefore,
      outputs: 1,
      x: 280,
      y: 80,
      wires: [['publish']],
    },
    { id: 'publish', type: 'mqtt out', z: 'packing', name: 'Weight', topic: 'packing/weight', broker: 'broker', x: 460, y: 80, wires: [] },
    { id: 'note', type: 'comment', z: 'packing', name: 'Scale of line 1', x: 120, y: 40, wires: [] },
    { id: 'gone', type: 'debug', z: 'packing', name: 'Look', x: 500, y: 220, wires: [] },
  ],
  after: [
    { id: 'packing', type: 'tab', label: 'Packing' },
    { id: 'broker', type: 'mqtt-broker', name: 'Line broker', broker: 'broker.plant.example', port: '1883', usetls: false, tls: '' },
    { id: 'tls', type: 'tls-config', name: 'Plant authority', verifyservercert: true },
    { id: 'tick', type: 'inject', z: 'packing', name: 'Every second', repeat: '5', x: 100, y: 80, wires: [['weight']] },
    {
      id: 'weight',
      type: 'function',
      z: 'packing',
      name: 'Check weight',
      func: weightAfter,
      outputs: 1,
      x: 280,
      y: 80,
      wires: [['publish', 'order']],
    },
    { id: 'publish', type: 'mqtt out', z: 'packing', name: 'Weight', topic: '$(TOPIC)', broker: 'broker', x: 460, y: 80, wires: [] },
    { id: 'note', type: 'comment', z: 'packing', name: 'Scale of line 1', x: 140, y: 20, wires: [] },
    {
      id: 'order',
      type: 'http request',
      z: 'packing',
      name: hostileName,
      method: 'POST',
      url: 'https://mes:Yt6-plum-Orchard@mes.plant.example/orders',
      x: 460,
      y: 140,
      wires: [[]],
    },
    {
      id: 'reset',
      type: 'http in',
      z: 'packing',
      name: 'Reset the scale',
      url: '/reset',
      method: 'post',
      x: 100,
      y: 220,
      wires: [['run']],
    },
    {
      id: 'run',
      type: 'exec',
      z: 'packing',
      name: 'Restart driver',
      command: 'systemctl restart scale',
      x: 300,
      y: 220,
      wires: [[], [], []],
    },
  ],
};
