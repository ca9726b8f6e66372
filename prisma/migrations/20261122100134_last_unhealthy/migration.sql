-- AlterTable
ALTER TABLE "device_observed" ADD COLUMN     "last_unhealthy_at" TIMESTAMPTZ(3);
