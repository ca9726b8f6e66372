/** The message by which a child tells `startNodeChild` that it works, with what its parent should know (addresses, ports). */
export type ReadyMessage = { type: 'ready'; details: Record<string, unknown> };

/** True for the message that `announceReady` sends. */
export function isReadyMessage(message: unknown): message is ReadyMessage {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready' && 'details' in message;
}

/** Tells the parent that this process is ready; does nothing when it was not started by `startNodeChild`. */
export function announceReady(details: Record<string, unknown> = {}): void {
  process.send?.({ type: 'ready', details } satisfies ReadyMessage);
}
