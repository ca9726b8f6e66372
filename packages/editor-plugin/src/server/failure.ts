import type { FailureCode, FailureView } from '../view.ts';

/** Something that the person in front of the editor has to know or to do something about. */
export class PluginFailure extends Error {
  override readonly name = 'PluginFailure';
  readonly code: FailureCode;
  readonly detail: string | undefined;

  constructor(code: FailureCode, detail?: string) {
    super(detail === undefined ? code : `${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/** What the editor is told. Errors that nobody foresaw keep their message to the log: it may hold what browsers need not know. */
export function failureView(error: unknown): FailureView {
  if (!(error instanceof PluginFailure)) return { code: 'INTERNAL' };
  return error.detail === undefined ? { code: error.code } : { code: error.code, detail: error.detail };
}
