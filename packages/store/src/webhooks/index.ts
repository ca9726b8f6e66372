export {
  type DeliveryAddress,
  getWebhookDelivery,
  listWebhookDeliveries,
  replayFailedDeliveries,
  replayWebhookDelivery,
  testWebhook,
} from './deliveries.ts';
export { type DeviceWatchLimits, noteListening, watchDevices } from './device-watch.ts';
export { type StoredWebhook, toWebhook, webhookSecretIdentity } from './rows.ts';
export {
  type AttemptOutcome,
  type ClaimedWebhook,
  claimWebhook,
  type DueDelivery,
  dueWebhooks,
  type FailureConsequence,
  nextDelivery,
  recordDelivered,
  recordFailed,
  releaseWebhook,
  type WebhookTurn,
} from './sending.ts';
export {
  createWebhook,
  getStoredWebhook,
  listWebhooks,
  type NewWebhook,
  removeWebhook,
  rotateWebhookSecret,
  updateWebhook,
  type WebhookChange,
  type WebhookSettings,
} from './webhooks.ts';
