import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

/** A control plane and how to sign in there. */
export type Context = { url: string; token: string; organization?: { id: string; name: string } };

/** The content of the configuration file. */
export type Configuration = { currentContext: string | null; contexts: Readonly<Record<string, Context>> };

export const emptyConfiguration: Configuration = { currentContext: null, contexts: {} };

/** The configuration with the context added or replaced, and made current. */
export function withContext(configuration: Configuration, name: string, context: Context): Configuration {
  return { currentContext: name, contexts: { ...configuration.contexts, [name]: context } };
}

/** The configuration without the context. @throws CliError CONTEXT_UNKNOWN */
export function withoutContext(configuration: Configuration, name: string): Configuration {
  contextNamed(configuration, name);
  const { [name]: _removed, ...contexts } = configuration.contexts;
  return { currentContext: configuration.currentContext === name ? null : configuration.currentContext, contexts };
}

/** @throws CliError CONTEXT_UNKNOWN */
export function contextNamed(configuration: Configuration, name: string): Context {
  const context = Object.hasOwn(configuration.contexts, name) ? configuration.contexts[name] : undefined;
  if (context !== undefined) return context;
  throw new CliError('CONTEXT_UNKNOWN', `There is no context named "${name}".`, {
    exitCode: exitCodes.notFound,
    candidates: Object.keys(configuration.contexts),
    hint: 'Make one with: sluice login --context <name> --url <url>',
  });
}
