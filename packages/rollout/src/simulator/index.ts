/** The rollout simulator: virtual time, seeded chance, the real engine over an in-memory store, and the invariants checked after every step. */
export type { Violation } from './invariants.ts';
export { MemoryStore } from './memory-store.ts';
export { createRandom, type Random } from './random.ts';
export { randomScenario } from './random-scenario.ts';
export type { DeviceModel, DeviceResult, PersonAct, Scenario } from './scenario.ts';
export { type SimulationResult, simulate, simulateSeed } from './simulate.ts';
export { createTimeline, type Timeline } from './timeline.ts';
