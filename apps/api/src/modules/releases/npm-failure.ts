import { ModuleResolverError } from './module-resolver.ts';

/** How npm ended when it did not succeed. */
export type NpmExit = { code: string | number | null; stdout: string; stderr: string; timedOut: boolean };

type NpmError = { code: string; summary: string; detail: string };

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_SOCKET_TIMEOUT',
  'ENOTCACHED',
  'CERT_HAS_EXPIRED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const lockCodes = new Set(['EUSAGE', 'ELOCKVERIFY']);

function textMember(value: object, name: string): string {
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : '';
}

/** npm's own account of its failure: the JSON it prints with `--json`, else the `code` line of its log. */
export function readNpmError(exit: NpmExit): NpmError {
  try {
    const document: unknown = JSON.parse(exit.stdout.slice(exit.stdout.indexOf('{')));
    const error: unknown = typeof document === 'object' && document !== null ? Reflect.get(document, 'error') : null;
    if (typeof error === 'object' && error !== null) {
      return { code: textMember(error, 'code'), summary: textMember(error, 'summary'), detail: textMember(error, 'detail') };
    }
  } catch {
    // npm was killed before it could print its JSON.
  }
  return { code: /npm (?:error|ERR!) code (\S+)/.exec(exit.stderr)?.[1] ?? '', summary: exit.stderr.slice(0, 500), detail: '' };
}

/** The module npm complains about, with the version asked for where npm names it. */
export function moduleNamedBy(error: NpmError): string {
  const text = `${error.detail}\n${error.summary}`;
  const quoted = /'((?:@[^/'\s]+\/)?[^@'\s]+(?:@[^'\s]*)?)' (?:could not be found|is not in)/.exec(text)?.[1];
  const target = /No matching version found for ((?:@[^/\s]+\/)?[^@\s]+@\S+?)\.?(?:\s|$)/.exec(text)?.[1];
  const url = /GET \S+\/((?:@[^/\s]+(?:\/|%2[fF]))?[^/\s]+?)(?:\s|$)/.exec(text)?.[1];
  return quoted ?? target ?? (url === undefined ? 'a module' : url.replace(/%2f/i, '/'));
}

/** What is wrong with the lock: npm's lines between its introduction and its usage text. */
function lockProblems(summary: string): string {
  const lines = summary.split('\n').filter((line) => /^(Missing|Invalid):/.test(line));
  return lines.slice(0, 10).join('; ');
}

/** The address that npm asked in vain, if it says so. */
function addressIn(error: NpmError): string | undefined {
  const address = /https?:\/\/[^\s'"]+/.exec(`${error.summary} ${error.detail}`)?.[0];
  return address !== undefined && URL.canParse(address) ? address : undefined;
}

/** The error of the module resolver that an unsuccessful end of npm means. */
export function moduleResolverErrorOf(exit: NpmExit): ModuleResolverError {
  if (exit.timedOut) return new ModuleResolverError('REGISTRY_UNREACHABLE', 'The module registry did not answer in time. Try again later.');
  const error = readNpmError(exit);
  if (error.code === 'E404' || error.code === 'ETARGET' || error.code === 'E403') {
    const detail = `The module registry has no ${moduleNamedBy(error)}. Correct its name or version in package.json.`;
    return new ModuleResolverError('MODULE_NOT_FOUND', detail);
  }
  if (error.code === 'EINTEGRITY') {
    const detail = `What the module registry sent is not what it or the lock promised: ${error.summary.slice(0, 500)}`;
    return new ModuleResolverError('INTEGRITY_MISMATCH', detail);
  }
  if (lockCodes.has(error.code)) {
    const problems = lockProblems(error.summary) || 'it is incomplete';
    const detail = `The lock does not belong to the package.json: ${problems}. Run "npm install --package-lock-only" and use the new lock.`;
    return new ModuleResolverError('LOCK_MISMATCH', detail);
  }
  if (unreachable.has(error.code) || /^E5\d\d$/.test(error.code)) {
    return new ModuleResolverError(
      'REGISTRY_UNREACHABLE',
      `The module registry cannot be reached (${error.code}). Check the network and try again.`,
      { address: addressIn(error) },
    );
  }
  if (error.code === 'ERESOLVE' || error.code === 'EINVALIDTAGNAME' || error.code === 'EBADENGINE') {
    return new ModuleResolverError('PACKAGE_MALFORMED', `npm cannot install these modules together: ${error.summary.slice(0, 1000)}`);
  }
  throw new Error(`npm failed (${error.code || exit.code}): ${error.summary.slice(0, 1000)}`);
}
