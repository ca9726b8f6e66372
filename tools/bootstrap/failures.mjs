/** A step that could not be done, with the output that shows why. */
export class BootstrapError extends Error {
  /**
   * @param {string} message what could not be done
   * @param {{output?: string, advice?: string}} [facts]
   */
  constructor(message, { output = '', advice } = {}) {
    super(message);
    this.name = 'BootstrapError';
    this.output = output;
    this.advice = advice;
  }
}

const LINES_SHOWN_AT_EACH_END = 12;
// Engines: what runs later runs on Node 24. Deprecations: nothing that the reader could change.
const NOISE = /^npm warn (EBADENGINE|deprecated)|^\s*$/;

/**
 * The beginning and the end of an output, without noise: the cause stands at one of the two.
 * @param {string} output
 * @returns {string[]}
 */
function excerpt(output) {
  const lines = output.split('\n').filter((line) => !NOISE.test(line));
  if (lines.length <= 2 * LINES_SHOWN_AT_EACH_END) return lines;
  return [...lines.slice(0, LINES_SHOWN_AT_EACH_END), '…', ...lines.slice(-LINES_SHOWN_AT_EACH_END)];
}

/** What an error in the output of npm means and what helps. First match wins. */
const CAUSES = [
  {
    pattern: /ENOSPC|no space left/i,
    reason: 'The disk is full.',
    advice:
      'Free about 2 GB on the disk of this checkout (and of the folder that `npm config get cache` names), then run the same command again.',
  },
  {
    pattern: /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_/,
    reason: "The package registry's certificate is not trusted.",
    advice: 'Behind a proxy that inspects TLS, point npm at its certificate: `npm config set cafile <file>`.',
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network (request|timeout)/i,
    reason: 'The package registry cannot be reached.',
    advice:
      'Check the network. Behind a proxy set HTTPS_PROXY; with a registry of your own run `npm config set registry <url>`. Then run the same command again.',
  },
  {
    pattern: /E40[13]|ENEEDAUTH/,
    reason: 'The package registry refuses access.',
    advice: 'Check the registry and its credentials: `npm config get registry`, `npm login`.',
  },
  {
    pattern: /EACCES|EPERM|EROFS/,
    reason: 'A file may not be written.',
    advice: 'Is the checkout, or its node_modules, owned by another user? Then give it back: `sudo chown -R "$(id -un)" .`',
  },
  {
    pattern: /EUSAGE|can only install packages when your package\.json and package-lock\.json/,
    reason: 'package.json and package-lock.json do not fit together.',
    advice: 'Run `npm install` once and commit the changed package-lock.json.',
  },
  {
    pattern: /out of memory|heap limit|\bENOMEM\b/i,
    reason: 'There is not enough memory.',
    advice: 'Installing and building needs about 1 GB of free memory.',
  },
];

/**
 * Says in words what went wrong and what to do about it.
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (!(error instanceof BootstrapError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = CAUSES.find(({ pattern }) => pattern.test(error.output));
  const lines = [`${error.message}.`];
  if (cause !== undefined) lines.push(`Reason: ${cause.reason}`);
  const advice = error.advice ?? cause?.advice;
  if (advice !== undefined) lines.push(`What to do: ${advice}`);
  const shown = excerpt(error.output);
  if (shown.length > 0) lines.push('', 'Its output:', ...shown.map((line) => `  ${line}`));
  return lines.join('\n');
}
