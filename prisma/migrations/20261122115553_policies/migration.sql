-- AlterTable
ALTER TABLE "module_tarball" ADD COLUMN     "metadata" JSONB;

-- AlterTable
ALTER TABLE "release" ADD COLUMN     "policy_report_sha256" TEXT;

-- CreateTable
CREATE TABLE "policy_settings" (
    "organization_id" UUID NOT NULL,
    "scope" TEXT NOT NULL,
    "scope_id" UUID NOT NULL,
    "settings" JSONB NOT NULL,
    "version" INTEGER NOT NULL,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "policy_settings_pkey" PRIMARY KEY ("organization_id","scope","scope_id")
);

-- CreateTable
CREATE TABLE "advisory_file" (
    "organization_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "length" INTEGER NOT NULL,
    "count" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "updated_by" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "advisory_file_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "waiver" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "subject" TEXT,
    "application_id" UUID,
    "snapshot_id" UUID,
    "stage_id" UUID,
    "reason" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_reason" TEXT,

    CONSTRAINT "waiver_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "waiver_organization_id_id_idx" ON "waiver"("organization_id", "id");

-- By hand ----------------------------------------------------------------------------------------------------------------------------------

ALTER TABLE "policy_settings" ADD CONSTRAINT "policy_settings_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "advisory_file" ADD CONSTRAINT "advisory_file_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "waiver" ADD CONSTRAINT "waiver_organization_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization" ("id");
ALTER TABLE "advisory_file" ADD CONSTRAINT "advisory_file_blob_fkey"
  FOREIGN KEY ("organization_id", "sha256") REFERENCES "blob" ("organization_id", "sha256");
ALTER TABLE "release" ADD CONSTRAINT "release_policy_report_fkey"
  FOREIGN KEY ("organization_id", "policy_report_sha256") REFERENCES "blob" ("organization_id", "sha256");

ALTER TABLE "policy_settings" ADD CONSTRAINT "policy_settings_scope_check" CHECK ("scope" IN ('organization', 'application', 'stage'));
ALTER TABLE "policy_settings" ADD CONSTRAINT "policy_settings_form" CHECK ("version" >= 1 AND jsonb_typeof("settings") = 'object');
ALTER TABLE "advisory_file" ADD CONSTRAINT "advisory_file_numbers_positive" CHECK ("version" >= 1 AND "length" >= 0 AND "count" >= 0);
-- A waiver explains itself.
ALTER TABLE "waiver" ADD CONSTRAINT "waiver_reason_given" CHECK ("reason" ~ '\S');
ALTER TABLE "waiver" ADD CONSTRAINT "waiver_revoked_whole" CHECK (("revoked_at" IS NULL) = ("revoked_by" IS NULL));

ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token',
  'policy_settings', 'waiver'));
