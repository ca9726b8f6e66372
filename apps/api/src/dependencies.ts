import type { MirrorHints } from '@sluice/capture';
import { type Clock, deriveKey, type KeyPurpose, type Logger, type Random } from '@sluice/platform';
import type { Keyring, Store } from '@sluice/store';
import type { ApiConfiguration } from './config.ts';
import type { Metrics } from './http/metrics.ts';
import type { FlowLinter } from './modules/policies/flow-linter.ts';
import type { ModuleResolver } from './modules/releases/module-resolver.ts';
import type { TarballSource } from './modules/releases/tarball-source.ts';

/** The keys made from the master key, by what they are for. */
export type PurposeKeys = Readonly<Record<KeyPurpose, Buffer>>;

/** Tells the worker that there is something to look at. A lost hint is repaired by the worker's sweep. */
export type RolloutHints = { advanceRollout(rolloutId: string): Promise<void> };

/** The same for promotions: one that waits may have become eligible. */
export type PromotionHints = { lookAtPromotions(): Promise<void> };

/** The same for git remotes: a mirror is behind, or an import was asked for. */
export type GitHints = MirrorHints & { importFromRemote(gitRemoteId: string): Promise<void> };

/** Everything the API takes from outside; whoever starts it owns the life of each. */
export type ApiDependencies = {
  store: Store;
  clock: Clock;
  random: Random;
  keys: PurposeKeys;
  /** Seals and opens what is secret at rest. */
  keyring: Keyring;
  jobs: RolloutHints & PromotionHints & GitHints;
  logger: Logger;
  moduleResolver: ModuleResolver;
  tarballs: TarballSource;
  linter: FlowLinter;
  metrics: Metrics;
  configuration: ApiConfiguration;
};

/** Derives the keys of all purposes once. */
export function purposeKeysOf(masterKey: Uint8Array): PurposeKeys {
  const key = (purpose: KeyPurpose): Buffer => deriveKey(masterKey, purpose);
  return {
    'jwt-device': key('jwt-device'),
    'jwt-api': key('jwt-api'),
    'secret-encryption': key('secret-encryption'),
    'data-key-wrapping': key('data-key-wrapping'),
    nonce: key('nonce'),
    'configuration-salt': key('configuration-salt'),
    'credentials-intake': key('credentials-intake'),
  };
}
