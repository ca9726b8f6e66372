-- DropIndex
DROP INDEX "pipeline_application_id_name_key";

-- DropIndex
DROP INDEX "stage_pipeline_id_name_key";

-- DropIndex
DROP INDEX "stage_pipeline_id_position_key";

-- AlterTable
ALTER TABLE "pipeline" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "stage" ADD COLUMN     "deleted_at" TIMESTAMPTZ(3),
ADD COLUMN     "gates" JSONB NOT NULL DEFAULT '{"soakMs": 0, "automatic": false}';

-- CreateTable
CREATE TABLE "stage_upstream" (
    "stage_id" UUID NOT NULL,
    "upstream_id" UUID NOT NULL,

    CONSTRAINT "stage_upstream_pkey" PRIMARY KEY ("stage_id","upstream_id")
);

-- CreateIndex
CREATE INDEX "stage_upstream_upstream_id_idx" ON "stage_upstream"("upstream_id");

-- CreateIndex
CREATE INDEX "stage_pipeline_id_idx" ON "stage"("pipeline_id");

-- AddForeignKey
ALTER TABLE "stage_upstream" ADD CONSTRAINT "stage_upstream_stage_id_fkey" FOREIGN KEY ("stage_id") REFERENCES "stage"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stage_upstream" ADD CONSTRAINT "stage_upstream_upstream_id_fkey" FOREIGN KEY ("upstream_id") REFERENCES "stage"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Names are free again when what had them is deleted.
CREATE UNIQUE INDEX "pipeline_application_id_name_key" ON "pipeline"("application_id", "name") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "stage_pipeline_id_name_key" ON "stage"("pipeline_id", "name") WHERE "deleted_at" IS NULL;
ALTER TABLE "pipeline" ADD CONSTRAINT "pipeline_version_positive" CHECK ("version" >= 1);
ALTER TABLE "stage_upstream" ADD CONSTRAINT "stage_upstream_other" CHECK ("stage_id" <> "upstream_id");

-- Until now the order was a chain: every stage comes after the one before it.
INSERT INTO "stage_upstream" ("stage_id", "upstream_id")
SELECT "id", "before" FROM (
  SELECT "id", lag("id") OVER (PARTITION BY "pipeline_id" ORDER BY "position") AS "before" FROM "stage") AS chain
 WHERE "before" IS NOT NULL;
