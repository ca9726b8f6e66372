-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "late_success_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "rollout_hold" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "stage_id" UUID NOT NULL,
    "release_id" UUID,
    "rollout_id" UUID,
    "reason" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),
    "lifted_by" TEXT,
    "lift_reason" TEXT,

    CONSTRAINT "rollout_hold_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "rollout_hold_stage_id_lifted_at_idx" ON "rollout_hold"("stage_id", "lifted_at");

-- CreateIndex
CREATE INDEX "rollout_hold_organization_id_id_idx" ON "rollout_hold"("organization_id", "id");

-- AddForeignKey
ALTER TABLE "rollout_hold" ADD CONSTRAINT "rollout_hold_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Few devices succeed late: their rollouts are found by them.
CREATE INDEX "deployment_late_success_idx" ON "deployment"("rollout_id") WHERE "late_success_at" IS NOT NULL;

-- What changes of holds are streamed as.
ALTER TABLE "change_event" DROP CONSTRAINT "change_event_kind_check";
ALTER TABLE "change_event" ADD CONSTRAINT "change_event_kind_check" CHECK ("kind" IN (
  'application', 'snapshot', 'release', 'pipeline', 'device', 'group', 'enrollment_code', 'rollout', 'deployment', 'variable', 'api_token', 'policy_settings', 'waiver', 'git_remote', 'freeze', 'disruption_budget', 'hold'));
