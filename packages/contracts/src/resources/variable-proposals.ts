import { type Static, Type } from 'typebox';
import { Closed, Text, Uuid, VariableName } from '../schema.ts';
import { OneOf } from '../states.ts';
import { Snapshot } from './applications.ts';

const Place = Closed({
  nodeId: Type.String(),
  index: Type.Integer({ description: 'Place of the node in the flows.' }),
  pointer: Type.String({ description: 'JSON pointer within the node.' }),
  nodeType: Type.String(),
  nodeName: Type.Union([Type.String(), Type.Null()]),
  tabId: Type.Union([Type.String(), Type.Null()]),
  tabLabel: Type.Union([Type.String(), Type.Null()]),
});

/** A value that stands in the flows and could become a variable. `name` is unique and stays the same as long as the snapshot: it names the proposal. */
export const VariableProposal = Closed({
  name: VariableName,
  kind: OneOf(['host', 'port', 'url', 'topic', 'database', 'file', 'serial_port', 'secret'] as const),
  value: Type.Union([Type.String(), Type.Number(), Type.Null()], { description: 'Null for secrets.' }),
  secret: Type.Boolean(),
  places: Type.Array(Place),
});
export type VariableProposal = Static<typeof VariableProposal>;

/** A secret in plain text that cannot become a variable by itself: it stands inside of code or of a longer text. */
export const PlainSecret = Closed({ ...Place.properties, reason: OneOf(['property', 'address', 'value', 'code'] as const) });
export type PlainSecret = Static<typeof PlainSecret>;

export const VariableProposals = Closed({ proposals: Type.Array(VariableProposal), plainSecrets: Type.Array(PlainSecret) });
export type VariableProposals = Static<typeof VariableProposals>;

/** `POST …/snapshots/{id}/variable-extraction`: `proposal` is the name of a proposal, `name` another one for its variable. */
export const ExtractVariablesRequest = Closed({
  accepted: Type.Array(Closed({ proposal: VariableName, name: Type.Optional(VariableName) }), { minItems: 1, maxItems: 1000 }),
  message: Type.Optional(Text),
});
export type ExtractVariablesRequest = Static<typeof ExtractVariablesRequest>;

/** The new snapshot, and what must be set before it can run. */
export const ExtractedVariables = Closed({
  snapshot: Snapshot,
  variables: Type.Array(
    Closed({
      name: VariableName,
      secret: Type.Boolean(),
      default: Type.Union([Type.String(), Type.Null()], { description: 'The value that stood in the flows; null for secrets.' }),
      places: Type.Integer(),
      missingInStages: Type.Array(Closed({ id: Uuid, name: Type.String() }), {
        description: 'Stages of the application that set no value for it, nor does the application or the organization.',
      }),
    }),
  ),
});
export type ExtractedVariables = Static<typeof ExtractedVariables>;
