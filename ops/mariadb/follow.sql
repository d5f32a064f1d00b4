-- Makes a new replica follow the master from its first commit on. What stands in ${} is filled in by whoever runs this.
RESET MASTER;
CHANGE MASTER TO MASTER_HOST = '${MASTER_HOST}', MASTER_PORT = ${MASTER_PORT}, MASTER_USER = 'replicator',
  MASTER_PASSWORD = '${REPLICATION_PASSWORD}', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos;
START SLAVE;
