export { freePort } from './free-port.ts';
export { type ChildExit, ChildStartError, type NodeChild, type NodeChildOptions, type Readiness, startNodeChild } from './node-child.ts';
export { announceReady } from './ready.ts';
