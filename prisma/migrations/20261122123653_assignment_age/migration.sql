-- Retention finds old assignments by their age. Rows arrive in the order of time, so a block range index is enough.
CREATE INDEX "device_assignment_created" ON "device_assignment" USING brin ("created_at");
