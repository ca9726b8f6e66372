-- Caches of desired states read what changed by `changed_xid`. It is stamped here, so that no writer can forget it.

-- Revision 0: the device was never given anything, but its identity changed.
ALTER TABLE "device_desired" DROP CONSTRAINT "device_desired_numbers_positive";
ALTER TABLE "device_desired" ADD CONSTRAINT "device_desired_numbers_positive" CHECK ("revision" >= 0 AND "attempt" >= 0);

CREATE FUNCTION "stamp_desired_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."changed_xid" := pg_current_xact_id();
  RETURN NEW;
END $$;

CREATE TRIGGER "device_desired_stamp" BEFORE INSERT OR UPDATE ON "device_desired"
  FOR EACH ROW EXECUTE FUNCTION "stamp_desired_change"();

-- A device's approval and epoch decide whether its token counts: the same caches hold them.
CREATE FUNCTION "touch_desired_of_device"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "device_desired" ("device_id", "organization_id", "revision", "changed_at")
  VALUES (NEW."id", NEW."organization_id", 0, now())
  ON CONFLICT ("device_id") DO UPDATE SET "changed_xid" = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER "device_identity_changed" AFTER UPDATE OF "approval", "epoch" ON "device"
  FOR EACH ROW WHEN (OLD."approval" IS DISTINCT FROM NEW."approval" OR OLD."epoch" IS DISTINCT FROM NEW."epoch")
  EXECUTE FUNCTION "touch_desired_of_device"();
