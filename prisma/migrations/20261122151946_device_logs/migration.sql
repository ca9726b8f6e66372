-- AlterTable
ALTER TABLE "device_desired" ADD COLUMN     "log_request_id" UUID;

-- CreateTable
CREATE TABLE "device_log_request" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "line_count" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "requester" JSONB NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "lines" JSONB,
    "truncated" BOOLEAN,
    "failure" JSONB,

    CONSTRAINT "device_log_request_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "device_log_request_organization_id_device_id_id_idx" ON "device_log_request"("organization_id", "device_id", "id");

-- CreateIndex
CREATE INDEX "device_log_request_expires_at_idx" ON "device_log_request"("expires_at");

-- AddForeignKey
ALTER TABLE "device_log_request" ADD CONSTRAINT "device_log_request_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE "device_log_request" ADD CONSTRAINT "device_log_request_state_check" CHECK ("state" IN (
  'requested', 'delivered', 'completed', 'failed'));
ALTER TABLE "device_log_request" ADD CONSTRAINT "device_log_request_source_check" CHECK ("source" IN ('runtime', 'agent'));
ALTER TABLE "device_log_request" ADD CONSTRAINT "device_log_request_finished_check" CHECK (
  ("state" IN ('requested', 'delivered')) = ("finished_at" IS NULL));
CREATE UNIQUE INDEX "device_log_request_open_key" ON "device_log_request"("device_id") WHERE "state" IN ('requested', 'delivered');
