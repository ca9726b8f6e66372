/** Types of nodes that Node-RED itself brings (4.1 and 5.0). */
const core: ReadonlySet<string> = new Set(
  (
    'tab,subflow,group,comment,junction,unknown,inject,debug,catch,status,complete,link in,link out,link call,global-config,function,switch,change,' +
    'range,template,delay,trigger,exec,rbe,tls-config,http proxy,mqtt in,mqtt out,mqtt-broker,http in,http response,http request,websocket in,' +
    'websocket out,websocket-listener,websocket-client,tcp in,tcp out,tcp request,udp in,udp out,csv,html,json,xml,yaml,split,join,sort,batch,' +
    'file,file in,watch'
  ).split(','),
);

/** Modules and the types of nodes that they bring; a type that ends in `*` stands for all that begin so. The first that fits counts. */
const typesByModule: readonly (readonly [module: string, types: string])[] = [
  ['node-red-contrib-modbus', 'modbus-*'],
  ['node-red-contrib-opcua', 'OpcUa-*'],
  ['node-red-contrib-iiot-opcua', 'OPCUA-IIoT-*'],
  ['node-red-contrib-s7', 's7 endpoint,s7 in,s7 out,s7 control'],
  ['node-red-contrib-cip-ethernet-ip', 'eth-ip endpoint,eth-ip in,eth-ip out'],
  ['node-red-contrib-bacnet', 'BACnet-*'],
  ['node-red-contrib-omron-fins', 'FINS *'],
  ['node-red-contrib-knx-ultimate', 'knxUltimate*'],
  ['node-red-contrib-socketcan', 'socketcan-*'],
  ['node-red-node-serialport', 'serial-port,serial in,serial out,serial request,serial control'],
  ['node-red-node-mysql', 'MySQLdatabase,mysql'],
  ['node-red-contrib-postgresql', 'postgreSQLConfig,postgresql'],
  ['node-red-node-sqlite', 'sqlitedb,sqlite'],
  ['node-red-contrib-influxdb', 'influxdb,influxdb in,influxdb out,influxdb batch'],
  ['node-red-contrib-stackhero-influxdb-v2', 'Stackhero-InfluxDB-v2-*'],
  ['node-red-contrib-mongodb4', 'mongodb4-client,mongodb4'],
  ['node-red-contrib-mongodb3', 'mongodb3,mongodb3 in'],
  ['node-red-node-email', 'e-mail,e-mail in,e-mail mta'],
  [
    'node-red-dashboard',
    'ui_base,ui_tab,ui_group,ui_button,ui_chart,ui_gauge,ui_text,ui_template,ui_slider,ui_switch,ui_dropdown,ui_toast',
  ],
  ['@flowfuse/node-red-dashboard', 'ui-base,ui-page,ui-group,ui-theme,ui-button,ui-chart,ui-gauge,ui-text,ui-template,ui-slider,ui-switch'],
  ['node-red-contrib-uibuilder', 'uibuilder,uib-*'],
  ['@flowfuse/nr-project-nodes', 'project link in,project link out,project link call'],
  ['@flowfuse/nr-mqtt-nodes', 'ff-mqtt-*'],
  ['@flowfuse/nr-tables-nodes', 'tables-query'],
  ['node-red-contrib-telegrambot', 'telegram *'],
  ['node-red-contrib-home-assistant-websocket', 'api-call-service,api-current-state,server-state-changed,trigger-state,ha-*'],
  ['node-red-contrib-ccu', 'ccu-*'],
  ['node-red-node-daemon', 'daemon'],
  ['node-red-node-tail', 'tail'],
  ['node-red-node-ping', 'ping'],
  ['node-red-node-random', 'random'],
  ['node-red-node-feedparser', 'feedparse'],
  ['node-red-node-pi-gpio', 'rpi-gpio in,rpi-gpio out'],
  ['node-red-node-pi-gpiod', 'rpi-gpiod in,rpi-gpiod out'],
  ['node-red-contrib-buffer-parser', 'buffer-parser,buffer-maker'],
  ['node-red-contrib-cron-plus', 'cronplus'],
  ['@victronenergy/node-red-contrib-victron', 'victron-*'],
];

const exact = new Map(typesByModule.flatMap(([module, types]) => types.split(',').map((type) => [type, module] as const)));
const prefixes = [...exact].filter(([type]) => type.endsWith('*')).map(([type, module]) => [type.slice(0, -1), module] as const);
const knownModules: ReadonlySet<string> = new Set(typesByModule.map(([module]) => module));

export function isCoreType(type: string): boolean {
  return core.has(type) || type.startsWith('subflow:');
}

/** The module that usually brings a type of node; undefined when it is not known. Others may bring the same type. */
export function usualModule(type: string): string | undefined {
  return exact.get(type) ?? prefixes.find(([prefix]) => type.startsWith(prefix))?.[1];
}

/** Whether it is known which types of nodes a module brings. */
export function isKnownModule(name: string): boolean {
  return knownModules.has(name);
}

const builtIns: ReadonlySet<string> = new Set(
  (
    'assert,async_hooks,buffer,child_process,cluster,console,constants,crypto,dgram,diagnostics_channel,dns,domain,events,fs,http,http2,https,' +
    'inspector,module,net,os,path,perf_hooks,process,punycode,querystring,readline,repl,sea,sqlite,stream,string_decoder,sys,test,timers,tls,' +
    'trace_events,tty,url,util,v8,vm,wasi,worker_threads,zlib'
  ).split(','),
);

/** Whether Node itself brings what a function asks for, such as `fs/promises` or `node:crypto`. */
export function isBuiltIn(name: string): boolean {
  return name.startsWith('node:') || builtIns.has(name.split('/')[0] ?? '');
}
