import { type NamedStage, stageGraphProblems } from '@sluice/contracts';

import { StoreError } from '../errors.ts';

/** The stages of a pipeline do not go together: `errors` says at which places of the request (RFC 6901). */
export class PipelineInvalidError extends StoreError {
  override readonly name = 'PipelineInvalidError';
  readonly errors: { pointer: string; detail: string }[];

  constructor(code: 'PIPELINE_INVALID' | 'NAME_TAKEN', errors: { pointer: string; detail: string }[]) {
    super(code, errors.map(({ detail }) => detail).join(' '));
    this.errors = errors;
  }
}

/**
 * Refuses stages whose names or upstreams do not go together. `changed`: the place of the only stage that the request is about; pointers are
 * then into that stage.
 * @throws PipelineInvalidError PIPELINE_INVALID, NAME_TAKEN
 */
export function refuseBadGraph(stages: readonly NamedStage[], changed?: number): void {
  const own = changed === undefined ? '' : `/stages/${changed}`;
  const problems = stageGraphProblems(stages).filter(({ pointer }) => pointer === own || pointer.startsWith(`${own}/`));
  if (problems.length === 0) return;
  const code = problems.some((problem) => problem.code === 'name_taken') ? 'NAME_TAKEN' : 'PIPELINE_INVALID';
  throw new PipelineInvalidError(
    code,
    problems.map(({ pointer, detail }) => ({ pointer: pointer.slice(own.length), detail })),
  );
}
