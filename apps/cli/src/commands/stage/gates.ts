import type { Approval, StageGates } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { choice, duration, flag, integer, text, type ValuesOf } from '../../frame/parameters.ts';
import { readDocument } from '../../input/document.ts';
import type { Ports } from '../../ports.ts';

/** What a stage asks of a release, for `add` and `set`. */
export const gateParameters = {
  soak: duration('--soak <duration>', 'The release must have run healthy for so long in every upstream stage, such as 24h'),
  approvals: integer('--approvals <people>', 'So many people must approve; 0: nobody', 0),
  approvalRole: choice('--approval-role <role>', ['operator', 'owner'], 'Who may approve (default operator)'),
  creatorExcluded: flag('--creator-excluded', 'Whoever asked for the promotion cannot approve it'),
  creatorAllowed: flag('--creator-allowed', 'Whoever asked for the promotion may approve it, too'),
  automatic: flag('--automatic', 'Releases that are verified upstream are promoted without anybody asking'),
  manual: flag('--manual', 'Somebody asks for each promotion (the default)'),
  gates: text('--gates <file>', 'All gates at once, also the window: JSON or YAML'),
};
type Values = ValuesOf<typeof gateParameters>;

function readApproval(
  before: Approval | undefined,
  { approvals, approvalRole, creatorExcluded, creatorAllowed }: Values,
): Approval | undefined {
  const required = approvals ?? before?.required;
  if (required === undefined && (approvalRole !== undefined || creatorExcluded || creatorAllowed)) {
    throw usageError('Say how many people must approve: --approvals 1.');
  }
  if (required === undefined || required === 0) return undefined;
  return {
    required,
    role: approvalRole ?? before?.role ?? 'operator',
    creatorExcluded: creatorExcluded || (before?.creatorExcluded === true && !creatorAllowed),
  };
}

/**
 * The gates that the options mean, from those before; undefined: none of the options was given.
 * @throws CliError USAGE, FILE_NOT_FOUND, FILE_MALFORMED
 */
export async function readGates(
  ports: Pick<Ports, 'files'>,
  before: StageGates,
  { gates: file, ...values }: Values,
): Promise<StageGates | undefined> {
  const { soak, approvals, approvalRole, creatorExcluded, creatorAllowed, automatic, manual } = values;
  if (automatic && manual) throw usageError('--automatic and --manual exclude each other.');
  if (creatorExcluded && creatorAllowed) throw usageError('--creator-excluded and --creator-allowed exclude each other.');
  const isGiven =
    soak !== undefined || approvals !== undefined || approvalRole !== undefined || creatorExcluded || creatorAllowed || automatic || manual;
  if (file !== undefined && isGiven) throw usageError('--gates says all gates: leave the other options out.');
  // The control plane checks what the file says.
  if (file !== undefined) return (await readDocument(ports, file)) as StageGates;
  if (!isGiven) return undefined;
  const approval = readApproval(before.approval, { ...values, gates: undefined });
  return {
    soakMs: soak ?? before.soakMs,
    automatic: automatic || (before.automatic && !manual),
    ...(approval === undefined ? {} : { approval }),
    ...(before.window === undefined ? {} : { window: before.window }),
  };
}
