/** Why a module lock could not be made or does not hold. */
export type ModuleResolverErrorCode = 'MODULE_NOT_FOUND' | 'REGISTRY_UNREACHABLE' | 'LOCK_MISMATCH' | 'PACKAGE_MALFORMED';

export class ModuleResolverError extends Error {
  override readonly name = 'ModuleResolverError';
  readonly code: ModuleResolverErrorCode;

  constructor(code: ModuleResolverErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
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
