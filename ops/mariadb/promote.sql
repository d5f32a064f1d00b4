-- Makes the replica a master, for whoever is its administrator: once the old master is closed for good, and
-- SHOW REPLICA STATUS has Gtid_IO_Pos equal to @@gtid_slave_pos, which is when it has taken in all that it received.
STOP SLAVE;
RESET SLAVE ALL;
SET GLOBAL rpl_semi_sync_master_enabled = ON;
SET GLOBAL rpl_semi_sync_master_timeout = 1000;
SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC;
SET GLOBAL read_only = OFF;
