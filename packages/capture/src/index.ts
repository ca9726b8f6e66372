/** Makes snapshots: what people, devices and repositories hand in becomes a row, its commit and its ledger entry, in one transaction. */
export { CaptureError, type CaptureFault } from './capture-error.ts';
export { type Captures, type CapturesDependencies, createCaptures, type PreparedSnapshot, type SnapshotTarget } from './captures.ts';
