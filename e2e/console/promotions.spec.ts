import type { Freeze, Group, Page, Stage } from '@sluice/contracts';
import { expect, expectAccessible, test } from '../support/fixtures.ts';

test('when a release is promoted on its page, the console says what it waits for, takes the approval, and calls it off', async ({
  signedIn: page,
  plant,
}) => {
  const { client, organizationId, application, stages, releases } = plant;
  const at = (path: string): string => `/organizations/${organizationId}${path}`;
  const newcomers = (await client.get<Page<Group>>('/groups')).items.find(({ name }) => name === 'newcomer lines');
  const lab = await client.post<Stage>(`/pipelines/${stages.prod.pipelineId}/stages`, {
    name: 'lab',
    after: ['staging'],
    groupIds: [newcomers?.id],
    policy: stages.staging.policy,
    gates: { soakMs: 0, automatic: false, approval: { required: 1, role: 'operator', creatorExcluded: false } },
  });
  // Whatever is approved, nothing begins there.
  const freeze = await client.post<Freeze>('/freezes', { name: 'The lab is closed', stageId: lab.id });

  await page.goto(at(`/releases/${releases.v1.id}`));
  const eligibility = page.getByRole('region', { name: 'Where it may go' });
  await expect(eligibility.getByRole('row', { name: /^lab/ })).toContainText('0 of 1 approvals');
  await expectAccessible(page);
  await eligibility.getByRole('button', { name: 'Promote to lab' }).click();
  const promoting = page.getByRole('dialog', { name: 'Promote v1 to lab?' });
  await expect(promoting).toContainText('0 of 1 approvals');
  await promoting.getByLabel('Reason').fill('For the bench');
  await promoting.getByRole('button', { name: 'Promote' }).click();
  await expect(promoting).toBeHidden();

  await page.goto(at(''));
  const needs = page.getByRole('region', { name: 'Needs a person' });
  await needs.getByRole('link', { name: `${application.name} v1 → lab` }).click();
  const waiting = page.getByRole('region', { name: 'On their way into a stage' });
  await expect(waiting).toContainText('0 of 1 approvals');
  await expectAccessible(page);
  await waiting.getByRole('button', { name: 'Approve' }).click();
  const approving = page.getByRole('dialog', { name: `Approve: ${application.name} v1 to lab?` });
  await approving.getByLabel('Comment').fill('Seen on the bench');
  await approving.getByRole('button', { name: 'Approve' }).click();
  await expect(waiting).toContainText('approved by');
  await expect(waiting.getByRole('button', { name: 'Approve' })).toBeHidden();

  await waiting.getByRole('button', { name: 'Call off' }).click();
  const ending = page.getByRole('dialog', { name: `Call off: ${application.name} v1 to lab?` });
  await ending.getByLabel('Reason').fill('The bench is taken');
  await ending.getByRole('button', { name: 'Call off' }).click();
  await expect(waiting).toBeHidden();
  await client.post(`/freezes/${freeze.id}/lift`, { reason: 'The journey is over' });
});
