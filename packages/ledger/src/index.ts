export { isLedgerAction, type LedgerAction, ledgerActions } from './actions.ts';
export {
  type ActorKind,
  type AuthenticationMethod,
  actorKinds,
  authenticationMethods,
  entryBytes,
  type JsonValue,
  type LedgerActor,
  type LedgerEntry,
  type LedgerTarget,
  systemActor,
  type TargetKind,
  targetKinds,
} from './entry.ts';
export { leafHash, nodeHash } from './merkle.ts';
