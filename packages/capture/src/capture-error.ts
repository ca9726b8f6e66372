/** A bad place in what a snapshot shall be made of: a JSON pointer (RFC 6901) into it and what is wrong there. */
export type CaptureFault = { pointer: string; detail: string };

/** What was handed in is well formed, but cannot be part of a snapshot. The message and the faults are for whoever handed it in. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  readonly code = 'VALIDATION_FAILED';
  readonly errors: CaptureFault[];

  constructor(message: string, errors: CaptureFault[]) {
    super(message);
    this.errors = errors;
  }
}
