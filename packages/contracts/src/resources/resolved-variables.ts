import { type Static, Type } from 'typebox';
import { Closed, Uuid, VariableName } from '../schema.ts';
import { OneOf } from '../states.ts';
import { variableScopes } from './pipelines.ts';

/** A variable as devices get it, and the layer that it comes from. The value of a secret is never shown. */
export const ResolvedVariable = Closed({
  name: VariableName,
  scope: OneOf(variableScopes),
  scopeId: Type.Union([Uuid, Type.Null()], { description: 'Null: each device has its own.' }),
  scopeName: Type.Union([Type.String(), Type.Null()]),
  secret: Type.Boolean(),
  value: Type.Union([Type.String(), Type.Null()], { description: 'Null: it is a secret, or each device has its own.' }),
  revision: Type.Union([Type.Integer(), Type.Null()], { description: 'From which revision on it has this value.' }),
  devices: Type.Integer({ description: 'How many devices get it from there.' }),
});
export type ResolvedVariable = Static<typeof ResolvedVariable>;

/** Devices are in several groups that set the same variable: of these groups the last one counts. */
export const VariableWarning = Closed({
  code: Type.Literal('GROUPS_COMPETE'),
  name: VariableName,
  groups: Type.Array(Type.String(), { description: 'By name, the one that counts last.' }),
  devices: Type.Integer(),
  sentence: Type.String(),
});
export type VariableWarning = Static<typeof VariableWarning>;

/** `GET …/stages/:stageId/variables`, `GET …/devices/:deviceId/variables` */
export const ResolvedVariables = Closed({
  revision: Type.Integer({ description: "Of the organization's variables: as of which they were looked up." }),
  deviceRevision: Type.Union([Type.Integer(), Type.Null()], {
    description: 'The revision that the device was told to run with; null: nothing yet, or it is a stage that was asked about.',
  }),
  devices: Type.Integer(),
  variables: Type.Array(ResolvedVariable),
  warnings: Type.Array(VariableWarning),
});
export type ResolvedVariables = Static<typeof ResolvedVariables>;

/** `?revision=`: as of an earlier revision; default: as they are now. */
export const ResolvedVariablesQuery = Closed({ revision: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_000_000_000 })) });
export type ResolvedVariablesQuery = Static<typeof ResolvedVariablesQuery>;
