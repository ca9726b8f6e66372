-- AlterTable
ALTER TABLE "snapshot" ADD COLUMN     "labels" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "parent_number" INTEGER,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "release" ADD COLUMN     "imported_from" JSONB;

-- CreateTable
CREATE TABLE "retention_policy" (
    "organization_id" UUID NOT NULL,
    "scope_id" UUID NOT NULL,
    "policy" JSONB NOT NULL,
    "version" INTEGER NOT NULL,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_policy_pkey" PRIMARY KEY ("organization_id","scope_id")
);

-- CreateIndex
CREATE INDEX "release_snapshot_id_idx" ON "release"("snapshot_id");

-- CreateIndex
CREATE INDEX "rollout_release_id_idx" ON "rollout"("release_id");

-- By hand: what Prisma cannot say.
ALTER TABLE "retention_policy" ADD CONSTRAINT "retention_policy_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "retention_policy" ADD CONSTRAINT "retention_policy_form" CHECK ("version" >= 1 AND jsonb_typeof("policy") = 'object');
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_labels_form" CHECK (jsonb_typeof("labels") = 'object' AND "version" >= 1);
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_parent_before" CHECK ("parent_number" < "number");
