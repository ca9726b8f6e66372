import type { Variable } from '@sluice/contracts';
import { CliError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { defineVerb } from '../../frame/define.ts';
import { argument } from '../../frame/parameters.ts';
import { layerParameters, resolveLayer } from '../../resolve/layers.ts';

export const variableRemove = defineVerb({
  summary: 'Take a variable from one layer; what a wider layer says counts again',
  parameters: { name: argument('name', 'Such as PLC_HOST'), ...layerParameters },
  run: async ({ connect, note }, { name, ...values }) => {
    const session = await connect();
    const layer = await resolveLayer(session, values);
    const variables = await session.all<Variable>('/variables', layer);
    const variable = variables.find((each) => each.name === name);
    if (variable === undefined) {
      throw new CliError('NOT_FOUND', `${name} is not set at this layer.`, {
        exitCode: exitCodes.notFound,
        candidates: variables.map((each) => each.name),
      });
    }
    await session.remove(`/variables/${variable.id}`);
    note(`${name} was taken from this layer. Devices hear of it with the next promotion.`);
    return undefined;
  },
});
