-- AlterTable
ALTER TABLE "webhook_delivery" DROP COLUMN "xid";

-- Dropping the column dropped its index.
CREATE INDEX "webhook_delivery_pending_idx" ON "webhook_delivery" ("webhook_id", "position") WHERE "state" = 'pending';
