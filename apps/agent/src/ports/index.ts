export type { Clock } from '@sluice/platform/clock';
export type { Log } from '@sluice/platform/log';
export type { Random } from '@sluice/platform/random';
export type { FileSystem } from './file-system.ts';
export type { LineChannel, LineListener, LocalSockets } from './local-sockets.ts';
export { type Network, type NetworkAnswer, NetworkError, type NetworkRequest } from './network.ts';
export type { DetachedProcess, Processes, ProcessIdentity } from './processes.ts';
