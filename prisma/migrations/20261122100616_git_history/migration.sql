-- AlterTable
ALTER TABLE "snapshot" ADD COLUMN     "commit_oid" TEXT;

-- CreateTable
CREATE TABLE "git_object" (
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "oid" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "deflated" BYTEA NOT NULL,

    CONSTRAINT "git_object_pkey" PRIMARY KEY ("application_id","oid")
);

-- CreateTable
CREATE TABLE "git_ref" (
    "organization_id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "oid" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "git_ref_pkey" PRIMARY KEY ("application_id","name")
);

-- CreateIndex
CREATE INDEX "git_object_application_id_generation_oid_idx" ON "git_object"("application_id", "generation", "oid");

-- By hand ----------------------------------------------------------------------------------------------------------------------------------

ALTER TABLE "git_object" ADD CONSTRAINT "git_object_application_fkey"
  FOREIGN KEY ("application_id", "organization_id") REFERENCES "application" ("id", "organization_id");
ALTER TABLE "git_ref" ADD CONSTRAINT "git_ref_application_fkey"
  FOREIGN KEY ("application_id", "organization_id") REFERENCES "application" ("id", "organization_id");
ALTER TABLE "git_ref" ADD CONSTRAINT "git_ref_oid_fkey" FOREIGN KEY ("application_id", "oid") REFERENCES "git_object" ("application_id", "oid");
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_commit_fkey"
  FOREIGN KEY ("application_id", "commit_oid") REFERENCES "git_object" ("application_id", "oid");

ALTER TABLE "git_object" ADD CONSTRAINT "git_object_type_check" CHECK ("type" IN ('commit', 'tree', 'blob'));
ALTER TABLE "git_object" ADD CONSTRAINT "git_object_form" CHECK ("oid" ~ '^[0-9a-f]{40}$' AND "size" >= 0 AND "generation" >= 1);
ALTER TABLE "git_ref" ADD CONSTRAINT "git_ref_form" CHECK ("name" ~ '^refs/[^ ~^:?*\[\\]+$' AND "generation" >= 1);

-- Commits are looked up on their own (what a client has, the line of history); there are few of them among all objects.
CREATE INDEX "git_object_commit" ON "git_object" ("application_id", "generation") WHERE "type" = 'commit';

-- It is compressed already: another try would cost every write and gain nothing.
ALTER TABLE "git_object" ALTER COLUMN "deflated" SET STORAGE EXTERNAL;
