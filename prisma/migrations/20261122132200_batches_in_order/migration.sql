-- DropIndex
DROP INDEX "deployment_rollout_id_wave_index_state_idx";

-- CreateIndex
CREATE INDEX "deployment_rollout_id_wave_index_state_id_idx" ON "deployment"("rollout_id", "wave_index", "state", "id");

-- Whoever stamps the change itself, as the statements over whole waves do, needs no call of a function for each row.
DROP TRIGGER "device_desired_stamp" ON "device_desired";
CREATE TRIGGER "device_desired_stamp_first" BEFORE INSERT ON "device_desired"
  FOR EACH ROW EXECUTE FUNCTION "stamp_desired_change"();
CREATE TRIGGER "device_desired_stamp" BEFORE UPDATE ON "device_desired"
  FOR EACH ROW WHEN (NEW."changed_xid" IS NOT DISTINCT FROM OLD."changed_xid") EXECUTE FUNCTION "stamp_desired_change"();
