import type { UpdateWebhookRequest, Webhook } from '@sluice/contracts';
import { usageError } from '../../errors.ts';
import { defineVerb } from '../../frame/define.ts';
import { flag, text } from '../../frame/parameters.ts';
import { webhookView } from '../../output/views/webhooks.ts';
import { resolveApplication } from '../../resolve/applications.ts';
import { resolveWebhook } from '../../resolve/webhooks.ts';
import { webhookArgument, webhookParameters } from './parameters.ts';

export const webhookSet = defineVerb({
  summary: 'Change a webhook; what waits for it is tried at once',
  more: 'What is not named stays. --event replaces all events. --enable also starts one afresh that was disabled by itself.',
  parameters: {
    webhook: webhookArgument,
    url: text('--url <url>', 'Another address'),
    ...webhookParameters,
    everyApp: flag('--all-apps', 'Of every application'),
    enable: flag('--enable', 'Send to it (again)'),
    disable: flag('--disable', 'Send nothing to it; what happens meanwhile it is not told later'),
  },
  run: async ({ connect, print, ports }, { webhook: reference, url, event, app, description, everyApp, enable, disable }) => {
    if (enable && disable) throw usageError('--enable and --disable exclude each other.');
    if (everyApp && app !== undefined) throw usageError('--all-apps and --app exclude each other.');
    const session = await connect();
    const before = await resolveWebhook(session, reference);
    const application = app === undefined ? undefined : await resolveApplication(session, app);
    const request: UpdateWebhookRequest = {
      ...(url === undefined ? {} : { url }),
      ...(event.length === 0 ? {} : { events: event }),
      ...(description === undefined ? {} : { description }),
      ...(application === undefined ? {} : { applicationId: application.id }),
      ...(everyApp ? { applicationId: null } : {}),
      ...(enable || disable ? { enabled: enable } : {}),
    };
    if (Object.keys(request).length === 0) throw usageError('Nothing to change was named.');
    print.one(await session.patch<Webhook>(`/webhooks/${before.id}`, request, before.version), webhookView(ports.timeZone));
    return undefined;
  },
});
