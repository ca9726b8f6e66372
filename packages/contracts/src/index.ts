export * from './device-protocol.ts';
export * from './health.ts';
export * from './paging.ts';
export * from './policy.ts';
export * from './problem.ts';
export * from './schema.ts';
export * from './signed.ts';
export * from './states.ts';
