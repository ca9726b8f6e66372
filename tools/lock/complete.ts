// `npm ci` refuses a lock file in which an optional package is missing, and npm leaves one out when the registry it asked does not carry
// it: builds for other operating systems, which a mirror often lacks. Such an entry needs no download, only its name, version and platform.

export type LockEntry = {
  version?: string;
  optional?: boolean;
  os?: readonly string[];
  cpu?: readonly string[];
  libc?: readonly string[];
  optionalDependencies?: Readonly<Record<string, string>>;
};

export type Lock = { packages: Record<string, LockEntry> };

const SYSTEMS: Readonly<Record<string, string>> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
};

const PROCESSORS: Readonly<Record<string, string>> = {
  '64': 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  mips64el: 'mips64el',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** The platform that a package is built for, told from its name; undefined when the name does not tell. */
function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/);
  const os = words.flatMap((word) => SYSTEMS[word] ?? [])[0];
  const cpu = words.flatMap((word) => PROCESSORS[word] ?? [])[0];
  if (os === undefined || cpu === undefined) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : words.some((word) => word.startsWith('gnu')) ? 'glibc' : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

/** Where Node would look for a dependency of the package at `path`, nearest first. */
function* places(path: string, dependency: string): Generator<string> {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    yield `${folder}/node_modules/${dependency}`;
    if (!folder.includes('/node_modules/')) break;
  }
  yield `node_modules/${dependency}`;
}

/** Optional packages that the lock file names and does not hold, as the entries that it needs. */
export function missingEntries(lock: Lock): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>();
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if ([...places(path, name)].some((place) => place in lock.packages)) continue;
      const platform = platformOf(name);
      // A range, or a name without platform, is not one of many builds of one release: npm has to resolve it.
      const known = platform !== undefined && /^\d+\.\d+\.\d+/.test(version);
      missing.set(`node_modules/${name}`, known ? { version, optional: true, ...platform } : {});
    }
  }
  return missing;
}

/**
 * The lock file with what `missingEntries` found, its packages in npm's order.
 * @throws Error naming the packages whose platform cannot be told
 */
export function completeLock<T extends Lock>(lock: T): T {
  const missing = missingEntries(lock);
  const unknown = [...missing].filter(([, { version }]) => version === undefined).map(([path]) => path);
  if (unknown.length > 0) throw new Error(`the lock file lacks ${unknown.join(', ')}: run npm install where the registry has them`);
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  return { ...lock, packages: Object.fromEntries(packages.toSorted(([a], [b]) => a.localeCompare(b, 'en'))) };
}
