import type { SetVariableRequest, Variable } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument, flag, optionalArgument, text } from '../../frame/parameters.ts';
import { readSecret } from '../../input/secret.ts';
import { variableView } from '../../output/views/variables.ts';
import { layerParameters, readLayerNames, resolveLayer } from '../../resolve/layers.ts';

export const variableSet = defineVerb({
  summary: 'Give a variable a value at one layer; devices get it with the next promotion',
  more: `Layers: organization < application < stage < group < device. The last one that sets a variable counts.

Examples:
  sluice variable set PLC_HOST 10.0.0.7 --group ulm
  sluice variable set BROKER_PASSWORD --stage line/prod --secret --value-stdin < password

The value of a secret comes from standard input or a file, never from the command line, which every process of the machine can read.`,
  parameters: {
    name: argument('name', 'Such as PLC_HOST'),
    value: optionalArgument('value', 'Not for secrets'),
    ...layerParameters,
    secret: flag('--secret', 'Never show the value again; only releases that declare the variable get it'),
    valueStdin: flag('--value-stdin', 'Read the value from standard input'),
    valueFile: text('--value-file <file>', 'Read the value from a file'),
    reason: text('--reason <text>', 'Why, for the ledger'),
  },
  run: async ({ connect, print, ports }, { name, value, secret, valueStdin, valueFile, reason, ...layer }) => {
    if (secret && value !== undefined) throw usageError('A secret does not belong on the command line: use --value-stdin or --value-file.');
    const sources = [value !== undefined, valueStdin, valueFile !== undefined].filter(Boolean).length;
    if (sources !== 1) throw usageError('Give the value once: as an argument, with --value-stdin or with --value-file.');
    const given = value ?? (await readSecret(ports, { fromStdin: valueStdin, file: valueFile, environmentName: 'SLUICE_VARIABLE_VALUE' }));
    if (given === undefined) throw usageError('There is no value.');
    const session = await connect();
    const request: SetVariableRequest = {
      ...(await resolveLayer(session, layer)),
      ...{ name, value: given, secret },
      ...(reason === undefined ? {} : { reason }),
    };
    const variable = await session.put<Variable>('/variables', request);
    print.one(variable, variableView(print.isForPeople ? await readLayerNames(session) : new Map(), ports.timeZone));
    return undefined;
  },
});
