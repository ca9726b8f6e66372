-- CreateTable
CREATE TABLE "device_ahead" (
    "device_id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "noticed_at" TIMESTAMPTZ(3) NOT NULL,
    "device_revision" BIGINT NOT NULL,
    "known_revision" BIGINT NOT NULL,
    "device_epoch" INTEGER NOT NULL,
    "device_counter" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "device_ahead_pkey" PRIMARY KEY ("device_id")
);

-- CreateIndex
CREATE INDEX "device_ahead_organization_id_idx" ON "device_ahead"("organization_id");

-- AddForeignKey
ALTER TABLE "device_ahead" ADD CONSTRAINT "device_ahead_device_id_fkey" FOREIGN KEY ("device_id") REFERENCES "device"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Whether a device is ahead decides what it is told: the caches of desired states hold it, too.
CREATE FUNCTION "touch_desired_of_ahead"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "device_desired" ("device_id", "organization_id", "revision", "changed_at")
  VALUES (coalesce(NEW."device_id", OLD."device_id"), coalesce(NEW."organization_id", OLD."organization_id"), 0, now())
  ON CONFLICT ("device_id") DO UPDATE SET "changed_xid" = pg_current_xact_id();
  RETURN NULL;
END $$;

CREATE TRIGGER "device_ahead_changed" AFTER INSERT OR DELETE ON "device_ahead"
  FOR EACH ROW EXECUTE FUNCTION "touch_desired_of_ahead"();
