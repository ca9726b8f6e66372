/** `WAIVER_REFUSED`: a waiver that says too little. `ADVISORIES_MALFORMED`: a file of advisories that cannot be used. */
export type PolicyErrorCode = 'WAIVER_REFUSED' | 'ADVISORIES_MALFORMED';

/** What an operator gave cannot be used. `pointer` (RFC 6901) says where, and is '' for the whole. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;
  readonly pointer: string;

  constructor(code: PolicyErrorCode, message: string, pointer = '') {
    super(message);
    this.name = 'PolicyError';
    this.code = code;
    this.pointer = pointer;
  }
}
