-- AlterTable
ALTER TABLE "webhook" ADD COLUMN     "error_code" TEXT,
ADD COLUMN     "error_message" TEXT;

ALTER TABLE "webhook" ADD CONSTRAINT "webhook_error_whole" CHECK (
  ("error_code" IS NULL) = ("error_message" IS NULL) AND ("error_code" IS NULL) = ("failures" = 0));
