#!/bin/sh
# Run by the image of MariaDB at the first start of a database container, which names the statements in STATEMENTS and gives
# passwords in files.
fill_in() {
  sed -e "s/\${MASTER_PASSWORD}/$(cat /run/secrets/master-password)/" \
    -e "s/\${REPLICATION_PASSWORD}/$(cat /run/secrets/replication-password)/" \
    -e 's/${SCHEMAS}/holdfast/' -e 's/${MASTER_HOST}/10.0.3.20/' -e 's/${MASTER_PORT}/3306/'
}
fill_in <"/etc/holdfast/$STATEMENTS" | docker_process_sql
