-- AlterTable
ALTER TABLE "device_desired" ADD COLUMN     "capture_id" UUID;

-- CreateTable
CREATE TABLE "device_capture" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "device_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "message" TEXT NOT NULL DEFAULT '',
    "requester" JSONB NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "differs" BOOLEAN,
    "release_id" UUID,
    "snapshot_id" UUID,
    "observed" JSONB,
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "failure" JSONB,

    CONSTRAINT "device_capture_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "device_capture_organization_id_device_id_id_idx" ON "device_capture"("organization_id", "device_id", "id");

-- CreateIndex
CREATE INDEX "device_capture_snapshot_id_idx" ON "device_capture"("snapshot_id");

-- AddForeignKey
ALTER TABLE "device_capture" ADD CONSTRAINT "device_capture_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_capture" ADD CONSTRAINT "device_capture_release_id_fkey" FOREIGN KEY ("release_id") REFERENCES "release"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_capture" ADD CONSTRAINT "device_capture_snapshot_id_fkey" FOREIGN KEY ("snapshot_id") REFERENCES "snapshot"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- By hand: what Prisma cannot express.
ALTER TABLE "device_capture" ADD CONSTRAINT "device_capture_state_check" CHECK ("state" IN (
  'requested', 'delivered', 'completed', 'failed', 'expired'));
ALTER TABLE "device_capture" ADD CONSTRAINT "device_capture_finished_check" CHECK (
  ("state" IN ('requested', 'delivered')) = ("finished_at" IS NULL));
CREATE UNIQUE INDEX "device_capture_open_key" ON "device_capture"("device_id") WHERE "state" IN ('requested', 'delivered');
CREATE INDEX "device_capture_open_expires_at_idx" ON "device_capture"("expires_at") WHERE "state" IN ('requested', 'delivered');
