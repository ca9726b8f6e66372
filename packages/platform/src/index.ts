/** Node adapters that every process shares. The agent imports the subpaths, so that its bundle holds only what it needs. */
export * from './clock.ts';
export * from './configuration.ts';
export * from './log.ts';
export * from './logger.ts';
export * from './network/index.ts';
export * from './process/index.ts';
export * from './random.ts';
export * from './redact.ts';
export * from './retry.ts';
export * from './secrets/index.ts';
export * from './shutdown.ts';
export * from './storable-text.ts';
