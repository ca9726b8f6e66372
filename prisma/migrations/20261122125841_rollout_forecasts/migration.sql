-- AlterTable
ALTER TABLE "device_presence" ADD COLUMN     "offline_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "offline_longest_ms" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "offline_ms" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "rollout" ADD COLUMN     "plan_seed" UUID;

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "accepted_at" TIMESTAMPTZ(3),
ADD COLUMN     "applying_at" TIMESTAMPTZ(3),
ADD COLUMN     "staged_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "rollout_forecast" (
    "rollout_id" UUID NOT NULL,
    "forecast" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rollout_forecast_pkey" PRIMARY KEY ("rollout_id")
);

-- AddForeignKey
ALTER TABLE "rollout_forecast" ADD CONSTRAINT "rollout_forecast_rollout_id_fkey" FOREIGN KEY ("rollout_id") REFERENCES "rollout"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
