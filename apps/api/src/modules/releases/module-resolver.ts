/** Why a module lock could not be made or does not hold, or its modules could not be fetched. */
export type ModuleResolverErrorCode =
  | 'INTEGRITY_MISMATCH'
  | 'LOCK_MISMATCH'
  | 'MODULE_NOT_FOUND'
  | 'MODULE_OUTSIDE_REGISTRY'
  | 'MODULE_UNUSABLE'
  | 'PACKAGE_MALFORMED'
  | 'REGISTRY_UNREACHABLE';

export class ModuleResolverError extends Error {
  override readonly name = 'ModuleResolverError';
  readonly code: ModuleResolverErrorCode;
  /** What could not be reached, if known. */
  readonly address: string | undefined;

  constructor(code: ModuleResolverErrorCode, message: string, options: { cause?: unknown; address?: string | undefined } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.address = options.address;
  }
}

/** Makes and checks module locks. Adapters: npm (`npm-module-resolver.ts`). */
export type ModuleResolver = {
  /**
   * The text of a package-lock.json for a package.json.
   * @throws ModuleResolverError
   */
  resolveLock(packageJson: string): Promise<string>;
  /**
   * Checks that a lock belongs to a package.json and is complete.
   * @throws ModuleResolverError
   */
  checkLock(packageJson: string, lock: string): Promise<void>;
};
