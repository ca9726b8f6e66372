-- AlterTable
ALTER TABLE "device" ADD COLUMN     "time_zone" TEXT;

-- AlterTable
ALTER TABLE "rollout" ADD COLUMN     "creator_id" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "hotfix_reason" TEXT,
ADD COLUMN     "offer_minute_at" TIMESTAMPTZ(3),
ADD COLUMN     "offered" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "offered_in_minute" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "start_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "retry_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "rollout_approval" (
    "rollout_id" UUID NOT NULL,
    "wave_index" INTEGER NOT NULL,
    "person_id" UUID NOT NULL,
    "revision" INTEGER NOT NULL,
    "person_name" TEXT NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rollout_approval_pkey" PRIMARY KEY ("rollout_id","wave_index","person_id","revision")
);

-- CreateTable
CREATE TABLE "rollout_freeze" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "stage_id" UUID,
    "name" TEXT NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),
    "lifted_by" TEXT,

    CONSTRAINT "rollout_freeze_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "disruption_budget" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "match_labels" JSONB NOT NULL DEFAULT '{}',
    "per_label" TEXT,
    "maximum_unavailable" INTEGER NOT NULL,
    "unit" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "disruption_budget_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "rollout_freeze_organization_id_ends_at_idx" ON "rollout_freeze"("organization_id", "ends_at");

-- CreateIndex
CREATE INDEX "rollout_freeze_organization_id_id_idx" ON "rollout_freeze"("organization_id", "id");

-- CreateIndex
CREATE INDEX "disruption_budget_organization_id_id_idx" ON "disruption_budget"("organization_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "disruption_budget_organization_id_name_key" ON "disruption_budget"("organization_id", "name");

-- AddForeignKey
ALTER TABLE "rollout_approval" ADD CONSTRAINT "rollout_approval_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rollout_freeze" ADD CONSTRAINT "rollout_freeze_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "disruption_budget" ADD CONSTRAINT "disruption_budget_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What a budget limits, and what changes of it are streamed as.
ALTER TABLE "disruption_budget" ADD CONSTRAINT "disruption_budget_whole" CHECK (
  "unit" IN ('devices', 'percent') AND "maximum_unavailable" >= 1 AND ("unit" = 'devices' OR "maximum_unavailable" <= 100));
ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token', 'policy_settings', 'waiver', 'git_remote', 'freeze', 'disruption_budget'));
