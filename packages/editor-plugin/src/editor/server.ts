import { type FailureView, failureCodes } from '../view.ts';

const timeoutMs = 90_000;

/** What the server half answered instead. */
export class ServerFailure extends Error {
  override readonly name = 'ServerFailure';
  readonly view: FailureView;

  constructor(view: FailureView) {
    super(view.code);
    this.view = view;
  }
}

function failureOf(status: number, text: string | undefined): FailureView {
  if (status === 401 || status === 403) return { code: 'NODE_RED_FORBIDDEN' };
  try {
    const view = JSON.parse(text ?? '') as FailureView;
    if (failureCodes.includes(view.code)) return view;
  } catch {
    // No answer of ours: Node-RED is stopping, or something stands in front of it.
  }
  return { code: status === 0 || status >= 500 ? 'NODE_RED_OFFLINE' : 'INTERNAL' };
}

/** Asks the server half of the plugin. @throws ServerFailure */
export function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const content = body === undefined ? {} : { contentType: 'application/json', data: JSON.stringify(body) };
    $.ajax({ url: `sluice/${path}`, method, headers: { 'Sluice-Editor': '1' }, dataType: 'json', timeout: timeoutMs, ...content })
      .done((answer) => resolve(answer as T))
      .fail(({ status, responseText }) => reject(new ServerFailure(failureOf(status, responseText))));
  });
}

/** The failure behind an error, for a person. */
export function failureIn(error: unknown): FailureView {
  return error instanceof ServerFailure ? error.view : { code: 'INTERNAL' };
}
