/** A fleet without hardware and without Node-RED, for tests, benchmarks and trying things out. */
export { alwaysSucceed, type Behaviour, type BehaviourOf } from './behaviour.ts';
export type { MeasuredDevice, MeasureOf } from './measurements.ts';
export type { VirtualDevice } from './virtual-device.ts';
export { type AcknowledgedReport, createVirtualFleet, type VirtualFleet, type VirtualFleetOptions } from './virtual-fleet.ts';
