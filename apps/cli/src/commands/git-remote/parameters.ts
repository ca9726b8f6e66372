import { argument, requiredText } from '../../frame/parameters.ts';

/** Which git remote. */
export const gitRemoteParameters = {
  remote: argument('remote', 'Its address, its id, or mirror or import when there is one of it'),
  app: requiredText('--app <app>', 'The application: its name or id'),
};
