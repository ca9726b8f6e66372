import { argument, repeatedText, text } from '../../frame/parameters.ts';

/** Which webhook. */
export const webhookArgument = argument('webhook', 'Its id, its address, the host of its address, or its description');

/** What people set of a webhook. */
export const webhookParameters = {
  event: repeatedText('--event <type>', 'What it is told, repeatable: rollout.started, rollout.* or * (default: *)'),
  app: text('--app <app>', 'Only of this application: its name or id'),
  description: text('--description <text>', 'Who it is for'),
};
