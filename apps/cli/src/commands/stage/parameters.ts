import { argument, text } from '../../frame/parameters.ts';

/** Which stage. */
export const stageParameters = {
  stage: argument('stage', 'line/prod, or prod where only one application has it, or its id'),
  app: text('--app <app>', 'The application: its name or id'),
};
