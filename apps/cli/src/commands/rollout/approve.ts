import type { ApproveRolloutRequest, RolloutDetail } from '@sluice/contracts';
import { defineVerb } from '../../frame/define.ts';
import { argument, integer, text } from '../../frame/parameters.ts';
import { requirePerson, signAsPerson } from '../../frame/sign.ts';
import { plainText } from '../../output/text-width.ts';
import { resolveRolloutId } from '../../resolve/fleet.ts';
import { printRolloutDetail } from './detail.ts';

const more = `An approval is a signature: it is given by a person who types e-mail address and password at that moment, in a terminal.
Neither API tokens nor passwords from files or the environment do: nobody would know who was there. The console takes approvals too.

Examples:
  sluice rollout approve latest
  sluice rollout approve latest --wave 2 --comment "canaries ran a week"`;

/** What the approval would be about, in words that the person signs. */
function meaning({ release, applicationName, stageName, policy, approvals }: RolloutDetail, waveIndex: number | undefined): string {
  const asked = waveIndex === undefined ? policy.approval : policy.waves[waveIndex]?.approval;
  const given = approvals.filter(({ counts, waveIndex: of }) => counts && of === (waveIndex ?? null)).length;
  const what = waveIndex === undefined ? 'the start' : `wave ${waveIndex + 1}`;
  const so = asked === undefined ? 'its policy asks for no such approval' : `${given} of ${asked.required} so far`;
  return `You approve ${what} of ${plainText(`${applicationName}/${release.name} to ${stageName}`)} as it is now (${so}).`;
}

export const rolloutApprove = defineVerb({
  summary: 'Sign for the start of a rollout, or for one of its waves, as a person',
  more,
  dryRun: false,
  parameters: {
    rollout: argument('rollout', 'Its id, or latest'),
    wave: integer('--wave <number>', 'The wave, counted from 1 (default: the start of the rollout)'),
    comment: text('--comment <text>', 'What you say to it; kept in the ledger'),
    email: text('--email <address>', 'Who signs (default: asked)'),
  },
  run: async (invocation, { rollout: reference, wave, comment, email: given }) => {
    const { note } = invocation;
    requirePerson(invocation);
    const session = await invocation.connect();
    const rolloutId = await resolveRolloutId(session, reference);
    const waveIndex = wave === undefined ? undefined : wave - 1;
    note(meaning(await session.get<RolloutDetail>(`/rollouts/${rolloutId}`), waveIndex));
    const request: ApproveRolloutRequest = {
      ...(waveIndex === undefined ? {} : { waveIndex }),
      ...(comment === undefined ? {} : { comment }),
    };
    const approved = await signAsPerson(invocation, given, (person) =>
      person.post<RolloutDetail>(`${session.base}/rollouts/${rolloutId}/approvals`, request),
    );
    printRolloutDetail(invocation, approved);
    return undefined;
  },
});
