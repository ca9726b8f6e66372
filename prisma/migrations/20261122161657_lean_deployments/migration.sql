-- Each index is written again with every change of a deployment's state: three that name all deployments, and two of those that are open.
DROP INDEX "deployment_rollout_id_wave_index_state_id_idx";
DROP INDEX "deployment_device_id_id_idx";
DROP INDEX "deployment_rollout_id_device_id_key";
CREATE UNIQUE INDEX "deployment_device_id_rollout_id_key" ON "deployment"("device_id", "rollout_id");
-- What is left to do of a wave, in the order of its turn.
CREATE INDEX "deployment_open" ON "deployment" ("rollout_id", "wave_index", "state", "id") WHERE "state" IN (
  'scheduled', 'queued', 'offered', 'accepted', 'downloading', 'staged', 'awaiting_window', 'awaiting_consent', 'applying', 'verifying');

-- Statements over whole waves copy these keys from rows that they read and lock, so checking each of them once more, row by row, says nothing
-- new and costs more than the change itself (decision 16). The other side is kept by the triggers below: what is named is not deleted.
-- What a device shall run (device_desired.release_id) is still checked.
ALTER TABLE "deployment" ALTER CONSTRAINT "deployment_rollout_id_fkey" NOT ENFORCED;
ALTER TABLE "deployment" ALTER CONSTRAINT "deployment_device_id_fkey" NOT ENFORCED;
ALTER TABLE "deployment" ALTER CONSTRAINT "deployment_wave_fkey" NOT ENFORCED;
ALTER TABLE "deployment" ALTER CONSTRAINT "deployment_from_release_id_fkey" NOT ENFORCED;
ALTER TABLE "deployment" ALTER CONSTRAINT "deployment_from_stage_id_fkey" NOT ENFORCED;
ALTER TABLE "device_desired" ALTER CONSTRAINT "device_desired_stage_id_fkey" NOT ENFORCED;
ALTER TABLE "device_desired" ALTER CONSTRAINT "device_desired_rollout_id_fkey" NOT ENFORCED;
ALTER TABLE "device_desired" ALTER CONSTRAINT "device_desired_deployment_id_fkey" NOT ENFORCED;

-- A deletion waits for those who write deployments now and then looks whether somebody names what shall go.
CREATE FUNCTION "refuse_deletion_of_named"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "named" boolean;
BEGIN
  LOCK TABLE "deployment", "device_desired" IN SHARE MODE;
  CASE TG_TABLE_NAME
    WHEN 'device' THEN "named" := EXISTS (SELECT FROM "deployment" WHERE "device_id" = OLD."id");
    WHEN 'rollout' THEN "named" := EXISTS (SELECT FROM "deployment" WHERE "rollout_id" = OLD."id");
    WHEN 'wave' THEN "named" := EXISTS (SELECT FROM "deployment" WHERE "rollout_id" = OLD."rollout_id" AND "wave_index" = OLD."index");
    WHEN 'release' THEN "named" := EXISTS (SELECT FROM "deployment" WHERE "from_release_id" = OLD."id");
    WHEN 'stage' THEN "named" := EXISTS (SELECT FROM "deployment" WHERE "from_stage_id" = OLD."id")
                              OR EXISTS (SELECT FROM "device_desired" WHERE "stage_id" = OLD."id");
    WHEN 'deployment' THEN "named" := EXISTS (SELECT FROM "device_desired" WHERE "device_id" = OLD."device_id" AND "deployment_id" = OLD."id");
  END CASE;
  IF "named" THEN
    RAISE EXCEPTION '% is named by deployments or desired states', TG_TABLE_NAME USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER "device_named" BEFORE DELETE ON "device" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
CREATE TRIGGER "rollout_named" BEFORE DELETE ON "rollout" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
CREATE TRIGGER "wave_named" BEFORE DELETE ON "wave" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
CREATE TRIGGER "release_named" BEFORE DELETE ON "release" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
CREATE TRIGGER "stage_named" BEFORE DELETE ON "stage" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
CREATE TRIGGER "deployment_named" BEFORE DELETE ON "deployment" FOR EACH ROW EXECUTE FUNCTION "refuse_deletion_of_named"();
