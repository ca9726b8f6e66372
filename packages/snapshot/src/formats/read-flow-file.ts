import type { VariableDeclaration } from '@sluice/contracts';
import { type FlowParts, findFlows } from '../flows/flow-forms.ts';
import { defaultFlowLimits } from '../flows/flow-node.ts';
import { parseFlows } from '../flows/parse-flows.ts';
import { isObject, type JsonObject, type JsonValue, prototypeKeyIn, readJson } from '../json.ts';
import { isSecretName, looksSecret } from '../variables/secrets.ts';
import { variablesUsed } from '../variables/variables-used.ts';
import { memberOf, messageOf, readSettings, readVariables } from './documents.ts';
import { extensionKey, type SnapshotFiles } from './snapshot-files.ts';

const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const defaultLengthMax = 65_536;

/** Variables as FlowFuse keeps them: a value, or `{value}`, or `{hidden: true, …}` with a value that is not for everybody. */
function readVariable(name: string, given: JsonValue): VariableDeclaration {
  const value = isObject(given) ? memberOf(given, 'value') : given;
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
  const isHidden = memberOf(given, 'hidden') === true;
  // A default stands in every copy of the snapshot: what is secret has to come from the target's variables.
  if (isHidden || isSecretName(name) || looksSecret(text)) return { name, required: true, secret: true };
  return { name, required: false, secret: false, default: text.slice(0, defaultLengthMax).toWellFormed().replaceAll('\u0000', '') };
}

type Environment = { variables: VariableDeclaration[]; notes: string[] };

/** The variables of an environment. Those that FlowFuse itself sets (`FF_…`) mean its own servers and devices. */
function readEnvironment(environment: JsonObject): Environment {
  const names = Object.keys(environment).filter((name) => !name.startsWith('FF_'));
  const usable = names.filter((name) => variableName.test(name));
  const variables = usable.map((name) => readVariable(name, environment[name] ?? null));
  const hidden = variables.filter(({ secret }) => secret).map(({ name }) => name);
  const unusable = names.length - usable.length;
  return {
    variables,
    notes: [
      ...(hidden.length === 0 ? [] : [`The values of ${hidden.join(', ')} were left out because they are secret: set them as variables.`]),
      ...(unusable === 0 ? [] : [`${unusable} variables were left out: no process can have variables of their names.`]),
    ],
  };
}

/** The environment's variables, and whatever else the flows use. */
function declare(flows: string, environment: JsonObject): Environment {
  const declared = readEnvironment(environment);
  const known = new Set(declared.variables.map(({ name }) => name));
  const used = variablesUsed(parseFlows(flows).flows).filter((name) => !known.has(name));
  return { ...declared, variables: [...declared.variables, ...used.map((name) => ({ name, required: true, secret: false }))] };
}

/** What Sluice itself wrote beside the form's own members. */
function readExtension(extension: JsonValue): Pick<SnapshotFiles, 'lock' | 'settings' | 'variables'> {
  const [lock, settings, variables] = ['lock', 'settings', 'variables'].map((name) => memberOf(extension, name));
  return {
    ...(isObject(lock) ? { lock: JSON.stringify(lock) } : {}),
    ...(settings === undefined ? {} : { settings: readSettings(settings, `${extensionKey}.settings`) }),
    ...(variables === undefined ? {} : { variables: readVariables(variables, `${extensionKey}.variables`) }),
  };
}

function readObjectForm(document: JsonValue, parts: FlowParts): SnapshotFiles {
  const flows = JSON.stringify(parts.nodes);
  const extension = memberOf(document, extensionKey);
  const project = memberOf(extension, 'project');
  const message = messageOf(memberOf(document, 'name'));
  const environment = parts.environment === null ? undefined : declare(flows, parts.environment);
  const manifest = { dependencies: parts.modules ?? {}, ...(isObject(project) ? { 'node-red': { settings: project } } : {}) };
  return {
    flows,
    ...(parts.modules === null && !isObject(project) ? {} : { package: JSON.stringify(manifest) }),
    ...(parts.credentials === null || Object.keys(parts.credentials).length === 0
      ? {}
      : { credentials: JSON.stringify(parts.credentials) }),
    ...(environment === undefined ? {} : { variables: environment.variables }),
    ...(message === undefined ? {} : { message }),
    notes: environment?.notes ?? [],
    ...(extension === undefined ? {} : { notes: [], ...readExtension(extension) }),
  };
}

/**
 * Reads one file that holds flows in any form, with all that the form carries besides. What is no flow file at all comes back as it is: the reader of
 * flows says what is wrong with it.
 * @throws {SnapshotError} FLOWS_MALFORMED, FLOWS_TOO_LARGE, PROJECT_MALFORMED
 */
export function readFlowFile(text: string): SnapshotFiles {
  const plain: SnapshotFiles = { flows: text, notes: [] };
  // Nearly all files are arrays, which are nothing but flows: no need to read them twice.
  if (!/^\uFEFF?\s*\{/.test(text) || Buffer.byteLength(text) > defaultFlowLimits.bytesMax) return plain;
  const outcome = readJson(text, defaultFlowLimits.depthMax);
  if ('problem' in outcome || prototypeKeyIn(outcome.value) !== null) return plain;
  const parts = findFlows(outcome.value);
  return parts === null ? plain : readObjectForm(outcome.value, parts);
}
