-- The accounts of the app servers and of the replica, made on the master. Neither may write to a read-only server.
CREATE DATABASE holdfast;
CREATE USER holdfast@'%' IDENTIFIED BY 'holdfast';
GRANT ALL ON `holdfast%`.* TO holdfast@'%';
CREATE USER replicator@'%' IDENTIFIED BY 'replicator';
GRANT REPLICATION SLAVE ON *.* TO replicator@'%';
