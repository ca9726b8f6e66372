import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { type Configuration, type Context, emptyConfiguration } from './contexts.ts';

type FilePorts = Pick<Ports, 'environment' | 'homeFolder' | 'files'>;

/** `$XDG_CONFIG_HOME/sluice/config.json`, by default below `~/.config`. A relative XDG_CONFIG_HOME is ignored, as its specification says. */
export function configurationPath({ environment, homeFolder }: Pick<Ports, 'environment' | 'homeFolder'>): string {
  const base = environment['XDG_CONFIG_HOME'];
  return join(base?.startsWith('/') === true ? base : join(homeFolder, '.config'), 'sluice', 'config.json');
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function readContext(value: unknown): Context | undefined {
  if (!isObject(value) || typeof value['url'] !== 'string' || typeof value['token'] !== 'string') return undefined;
  const organization = value['organization'];
  const context: Context = { url: value['url'], token: value['token'] };
  if (!isObject(organization) || typeof organization['id'] !== 'string' || typeof organization['name'] !== 'string') return context;
  return { ...context, organization: { id: organization['id'], name: organization['name'] } };
}

/** Reads the text of a configuration file; undefined when it is none. */
export function parseConfiguration(text: string): Configuration | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(document) || !isObject(document['contexts'])) return undefined;
  const contexts = Object.entries(document['contexts']).map(([name, value]) => [name, readContext(value)] as const);
  if (contexts.some(([, context]) => context === undefined)) return undefined;
  const current = document['currentContext'];
  return {
    currentContext: typeof current === 'string' ? current : null,
    contexts: Object.fromEntries(contexts.flatMap(([name, context]) => (context === undefined ? [] : [[name, context]]))),
  };
}

/** The configuration; empty when there is no file yet. @throws CliError CONFIGURATION_MALFORMED */
export async function loadConfiguration(ports: FilePorts): Promise<Configuration> {
  const path = configurationPath(ports);
  const text = await ports.files.read(path);
  if (text === undefined) return emptyConfiguration;
  const configuration = parseConfiguration(text);
  if (configuration !== undefined) return configuration;
  throw new CliError('CONFIGURATION_MALFORMED', `${path} is not a configuration of sluice.`, {
    hint: 'Repair or remove the file, then run: sluice login',
  });
}

/** Writes the configuration for its owner alone, in one step. */
export async function saveConfiguration(ports: FilePorts, configuration: Configuration): Promise<void> {
  await ports.files.writePrivate(configurationPath(ports), `${JSON.stringify(configuration, undefined, 2)}\n`);
}
