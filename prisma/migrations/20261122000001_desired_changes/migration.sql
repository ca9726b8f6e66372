-- Caches of desired states read what changed by `changed_xid`. It is stamped here, so that no writer can forget it.

CREATE FUNCTION stamp_desired_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_xid := pg_current_xact_id();
  RETURN NEW;
END $$;

CREATE TRIGGER device_desired_stamp BEFORE INSERT OR UPDATE ON device_desired
  FOR EACH ROW EXECUTE FUNCTION stamp_desired_change();

-- A device's approval and epoch decide whether its token counts: the same caches hold them.
CREATE FUNCTION touch_desired_of_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE device_desired SET changed_xid = pg_current_xact_id() WHERE device_id = NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER device_identity_changed AFTER UPDATE OF approval, epoch ON device
  FOR EACH ROW WHEN (OLD.approval IS DISTINCT FROM NEW.approval OR OLD.epoch IS DISTINCT FROM NEW.epoch)
  EXECUTE FUNCTION touch_desired_of_device();
