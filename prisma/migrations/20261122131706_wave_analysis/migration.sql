-- AlterTable
ALTER TABLE "wave" ADD COLUMN     "analysis_started_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "baseline" JSONB;

-- CreateTable
CREATE TABLE "wave_measurement" (
    "rollout_id" UUID NOT NULL,
    "wave_index" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "updated" INTEGER NOT NULL,
    "results" JSONB NOT NULL,

    CONSTRAINT "wave_measurement_pkey" PRIMARY KEY ("rollout_id","wave_index","number")
);

-- AddForeignKey
ALTER TABLE "wave_measurement" ADD CONSTRAINT "wave_measurement_rollout_id_wave_index_fkey" FOREIGN KEY ("rollout_id", "wave_index") REFERENCES "wave"("rollout_id", "index") ON DELETE RESTRICT ON UPDATE CASCADE;
