-- The accounts of the app servers and of the replica, made on the master. What stands in ${} is filled in by whoever runs this.
-- The app servers keep tables and write rows under their own schema; no more. Neither may write to a read-only server.
CREATE DATABASE IF NOT EXISTS holdfast;
CREATE USER holdfast@'%' IDENTIFIED BY '${MASTER_PASSWORD}';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON `${SCHEMAS}`.* TO holdfast@'%';
CREATE USER replicator@'%' IDENTIFIED BY '${REPLICATION_PASSWORD}';
GRANT REPLICATION SLAVE ON *.* TO replicator@'%';
