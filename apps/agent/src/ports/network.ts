/** A request to the control plane. Bodies of requests are small; bodies of answers are streamed. */
export type NetworkRequest = {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Longest time until the head of the answer, and between two parts of its body. */
  timeoutMs: number;
  signal?: AbortSignal;
};

export type NetworkAnswer = {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
  /** Drops what is left of the body. */
  discard(): void;
};

/** HTTP without redirects, cookies or decoding: what arrives is what was sent. */
export type Network = {
  /** @throws NetworkError */
  request(request: NetworkRequest): Promise<NetworkAnswer>;
  /** Closes idle connections. */
  close(): void;
};

/** No answer: refused, reset, timed out, name not found. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}
