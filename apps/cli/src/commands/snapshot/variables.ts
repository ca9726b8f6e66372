import type { ExtractedVariables, VariableProposals } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import type { Invocation } from '../../frame/invocation.ts';
import { printList } from '../../frame/lists.ts';
import { argument, flag, repeatedText, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { snapshotView } from '../../output/views/applications.ts';
import { proposalView } from '../../output/views/integrations.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveSnapshot } from '../../resolve/snapshots.ts';

type Accepted = { proposal: string; name?: string };

/** `PLC_HOST`, or `PLC_HOST=PRESS_HOST` for another name. */
function readAccepted(written: string): Accepted {
  const [proposal = '', name] = written.split('=', 2);
  return name === undefined ? { proposal } : { proposal, name };
}

function tellWhatToSet({ note, print }: Invocation, { variables }: ExtractedVariables): void {
  if (!print.isForPeople) return;
  for (const { name, secret, missingInStages } of variables) {
    if (!secret || missingInStages.length === 0) continue;
    note(`${name} is a secret and has no value yet in: ${missingInStages.map((stage) => stage.name).join(', ')}. Set it before a rollout.`);
  }
}

async function extract(
  invocation: Invocation,
  session: Session,
  chosen: { snapshotId: string; accepted: Accepted[]; message: string | undefined },
) {
  const { snapshotId, ...body } = chosen;
  const made = await session.post<ExtractedVariables>(`/snapshots/${snapshotId}/variable-extraction`, body);
  const { print, ports } = invocation;
  if (print.isForPeople || print.format === 'name') {
    const application = await resolveApplication(session, made.snapshot.applicationId);
    print.one(made.snapshot, snapshotView(application.name, ports.timeZone));
  } else print.data(made);
  tellWhatToSet(invocation, made);
}

export const snapshotVariables = defineVerb({
  summary: 'Values in the flows that could become variables; with --extract, a new snapshot in which they are',
  more: `Examples:
  sluice snapshot variables line/latest
  sluice snapshot variables line/latest --extract PLC_HOST --extract MES_URL=ORDERS_URL
  sluice snapshot variables line/latest --extract-all -m "one set of flows for all lines"`,
  parameters: {
    snapshot: argument('snapshot', 'v3, line/v3, latest, or its id'),
    app: text('--app <app>', 'The application: its name or id'),
    extract: repeatedText('--extract <variable>', 'Make this proposal a variable; NAME=OTHER gives it another name; may be repeated'),
    extractAll: flag('--extract-all', 'Make variables of all proposals'),
    message: text('-m, --message <text>', 'What the new snapshot is for'),
  },
  run: async (invocation, { snapshot: reference, app, extract: names, extractAll, message }) => {
    if (extractAll && names.length > 0) throw usageError('Take --extract or --extract-all.');
    const session = await invocation.connect();
    const { id } = await resolveSnapshot(session, reference, app);
    if (names.length > 0) {
      await extract(invocation, session, { snapshotId: id, accepted: names.map(readAccepted), message });
      return undefined;
    }
    const found = await session.get<VariableProposals>(`/snapshots/${id}/variable-proposals`);
    if (extractAll && found.proposals.length > 0) {
      const accepted = found.proposals.map(({ name }) => ({ proposal: name }));
      await extract(invocation, session, { snapshotId: id, accepted, message });
      return undefined;
    }
    if (invocation.print.isForPeople || invocation.print.format === 'name') printList(invocation, found.proposals, proposalView);
    else invocation.print.data(found);
    for (const { nodeName, nodeType, pointer } of found.plainSecrets) {
      invocation.note(`A secret stands in plain text in ${nodeName ?? nodeType}${pointer} and cannot become a variable by itself.`);
    }
    return undefined;
  },
});
