// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Node-RED's own placeholders.

/** A flow file of our own making, as odd as those from the field. `name` completes "when a flow file …". */
export type OddFlowFile = { name: string; bytes: Uint8Array };

type Node = Record<string, unknown>;

const tab: Node = { id: 'f6f2187d.f17ca8', type: 'tab', label: 'Linie 1 – Füllen 🍾', disabled: false, info: '', env: [] };
const node = (id: string, more: Node = {}): Node => ({ id, type: 'debug', z: tab['id'], name: '', x: 140, y: 80, wires: [], ...more });
const sample = [tab, node('start-here', { type: 'inject', repeat: '6', wires: [['2f']] }), node('2f')];

const json = (value: unknown, indent?: number | string): string => JSON.stringify(value, null, indent);
const subflow: Node = {
  id: 's1',
  type: 'subflow',
  name: 'scale',
  info: '',
  in: [{ x: 40, y: 40, wires: [{ id: 'c1' }] }],
  out: [],
  env: [{ name: 'K', type: 'num', value: '2' }],
};
const inside = node('c1', { type: 'change', z: 's1', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'K', tot: 'env' }] });

/** 5,000 nodes on 50 tabs, wired in rings, with functions, groups and a config node for each tab. */
function largeFlows(): Node[] {
  return Array.from({ length: 50 }, (_, index) => {
    const z = `tab${index}`;
    const inner = Array.from({ length: 98 }, (__, position) =>
      node(`n${index}x${position}`, {
        z,
        type: position % 3 === 0 ? 'function' : 'debug',
        x: position * 1.5,
        wires: [[`n${index}x${(position + 1) % 98}`]],
        ...(position % 3 === 0 ? { func: `// ${'ä'.repeat(40)}\nreturn msg;\n`, outputs: 1 } : {}),
      }),
    );
    return [
      { id: z, type: 'tab', label: `Line ${index}` },
      { id: `b${index}`, type: 'mqtt-broker', broker: `broker${index}`, port: '1883' },
      ...inner,
    ];
  }).flat();
}

/** Oddities of what a file holds; each is written as Node-RED writes flows, with four spaces. */
const contents: Record<string, unknown> = {
  'is empty': [],
  'has nodes on a tab that is not there, as the clipboard gives them': [node('n1', { z: 'elsewhere' }), node('n2', { z: 'elsewhere' })],
  'has nodes without a tab': [{ id: 'n1', type: 'debug', wires: [] }, node('n2', { z: '' })],
  'has config nodes on no tab, on an empty one and on a real one': [
    tab,
    { id: 'b1', type: 'mqtt-broker', broker: 'a' },
    { id: 'b2', type: 'mqtt-broker', z: '', broker: 'b' },
    { id: 'b3', type: 'mqtt-broker', z: tab['id'], broker: 'c' },
  ],
  'has config nodes only': [{ id: 'b1', type: 'mqtt-broker', broker: 'a', port: 1883 }],
  'has ids that are words, dotted, numbers, and names of JavaScript': [
    tab,
    node('22'),
    node('a.b'),
    node('a word'),
    node('constructor'),
    node('toString'),
  ],
  'has an id twice': [tab, node('n1', { name: 'first' }), node('n1', { name: 'second' })],
  'has the label of a tab twice, and an empty tab': [tab, { ...tab, id: 't2' }, { ...tab, id: 't3', label: '' }],
  'has wires to nowhere, to other tabs, in circles, and flat ones': [
    tab,
    { ...tab, id: 't2' },
    node('n1', { wires: [['gone', 'n2'], [], ['n1']] }),
    node('n2', { z: 't2', wires: ['n1', 'n3'] }),
    node('n3', { wires: [['n1']] }),
  ],
  'has links and groups that are not there': [
    tab,
    node('l1', { type: 'link out', mode: 'link', links: ['gone', 'l2'] }),
    node('l2', { type: 'link in', links: ['l1'] }),
    node('n1', { g: 'no group' }),
    {
      id: 'g1',
      type: 'group',
      z: tab['id'],
      name: '',
      nodes: ['gone', 'g2'],
      env: [{ name: 'A', value: '1', type: 'str' }],
      x: 1.5,
      y: 2.25,
    },
  ],
  'has texts with \\r, U+FFFD, NUL, half characters and right-to-left marks': [
    tab,
    node('n1', { type: 'function', func: 'a\r\nb\rc\n\uFFFD\u0000\ud800\u202e\u2028', outputs: 1 }),
    node('n2', { name: '日本語 Русский العربية 🏭', info: '  \t trailing  ' }),
  ],
  'has code that does not compile, and texts that end with line ends': [
    tab,
    node('n1', { type: 'function', func: 'return {{{', initialize: '\n', finalize: '\n\n' }),
    node('n2', { type: 'template', template: '', format: 'handlebars' }),
    node('n3', { type: 'template', template: '{{payload}}\r\n' }),
  ],
  'has a very long text': [tab, node('n1', { type: 'template', template: `data:image/png;base64,${'QUJD'.repeat(150_000)}` })],
  'nests deeply': [tab, node('n1', { rules: Array.from({ length: 28 }).reduce((inner) => [{ a: inner }], {}) as unknown })],
  'has numbers as texts, fractions, and numbers in odd forms': [
    tab,
    node('n1', { port: '1883', x: 0.1 + 0.2, y: 1e21, w: -0.5, n: 9007199254740992, e: 1e-7 }),
  ],
  'has members whose names are numbers or nothing': [tab, node('n1', { '2': 'b', '10': 'c', '1': 'a', '': 'x', 'a/b~c': null, length: 0 })],
  'has members that look like those of our history': [
    tab,
    node('n1', { func: { $file: '../../x' }, b: { $value: { $file: 'y' } }, template: { $value: 1 } }),
  ],
  'has subflows that are unused, nested and with variables of their own': [
    tab,
    subflow,
    inside,
    { id: 's2', type: 'subflow', name: 'outer', in: [], out: [] },
    { id: 'i1', type: 'subflow:s1', z: 's2', wires: [] },
    {
      id: 'i2',
      type: 'subflow:s2',
      z: tab['id'],
      env: [
        { name: 'K', value: '${K}', type: 'str' },
        { name: 'C', value: 'b1', type: 'conf-types' },
      ],
      wires: [],
    },
    { id: 's3', type: 'subflow', name: 'unused', in: [], out: [] },
    { id: 'i3', type: 'subflow:gone', z: tab['id'], wires: [] },
  ],
  'takes values from variables': [
    { ...tab, env: [{ name: 'A', value: '$(B)', type: 'str' }] },
    { id: 'b1', type: 'mqtt-broker', broker: '${HOST}', port: '$(PORT)' },
  ],
  'has switched-off nodes and tabs': [{ ...tab, disabled: true }, node('n1', { d: true }), { id: 'c', type: 'comment', z: tab['id'] }],
  'has a node whose credentials are empty': [tab, node('n1', { type: 'http request', credentials: {} })],
  'has types that nobody knows, and modules in functions': [
    tab,
    { id: 'x', type: 'unknown thing ü', z: tab['id'], anything: [[[]]], wires: [] },
    node('n1', { type: 'function', func: 'return msg;', libs: [{ var: 'os', module: 'os' }] }),
    { id: 'gc', type: 'global-config', env: [{ name: 'G', value: '1', type: 'str' }], modules: { 'node-red-x': '1.0.0' } },
  ],
  'has 5,000 nodes': largeFlows(),
};

/** Oddities of how a file is written. */
const forms: Record<string, string> = {
  'is written without spaces': json(sample),
  'is written with two spaces and a line end': `${json(sample, 2)}\n`,
  'is written with tabs': json(sample, '\t'),
  'begins with a byte order mark and has Windows line ends': `\uFEFF${json(sample, 4).replaceAll('\n', '\r\n')}`,
  'escapes slashes and letters': json([tab, node('n1', { url: 'https://host/ü' })])
    .replaceAll('/', '\\/')
    .replaceAll('ü', '\\u00FC'),
  'has white space in odd places': `\n\t [ ${sample.map((each) => ` ${json(each)} \r`).join(' ,\n')} ]  \n`,
  'has a member twice': '[{"id":"n1","type":"debug","name":"first","name":"second","wires":[]}]',
  'is a snapshot of FlowFuse': json({
    id: 'x',
    name: 'v1',
    flows: { flows: sample, credentials: {} },
    settings: { settings: {}, env: { A: '1' }, modules: { 'node-red': '5.0.7' } },
  }),
  'is a project of a FlowFuse device': json({ id: 'x', flows: sample, credentials: {}, env: {}, modules: { 'node-red': '5.0.7' } }),
  'is an answer of the admin API': json({ flows: sample, rev: 'x' }),
  'is one tab of the admin API': json({
    id: 't',
    label: 'Line',
    nodes: [node('n1', { z: 't' })],
    configs: [{ id: 'b', type: 'mqtt-broker' }],
  }),
  'is a subflow as a module': json({ ...subflow, flow: [inside] }),
};

/** All of them: see "What real flow files look like" in the facts on Node-RED. */
export const oddFlowFiles: readonly OddFlowFile[] = [
  ...Object.entries(contents).map(([name, flows]) => ({ name, bytes: Buffer.from(json(flows, 4)) })),
  ...Object.entries(forms).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
];
