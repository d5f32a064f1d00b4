// Whether a commit is answered only once a replica has it, as the master tells of itself: MySQL speaks of source and
// replica, MariaDB of master and slave.

type Facts = ReadonlyMap<string, string>

/** A sentence, or null while it is as it should be. */
export function faultOfSemiSynchrony(variables: Facts, status: Facts): string | null {
  const [isEnabled, isActive, followers] = [
    variables.get('rpl_semi_sync_source_enabled') ?? variables.get('rpl_semi_sync_master_enabled'),
    status.get('rpl_semi_sync_source_status') ?? status.get('rpl_semi_sync_master_status'),
    status.get('rpl_semi_sync_source_clients') ?? status.get('rpl_semi_sync_master_clients'),
  ]
  if (isEnabled !== 'ON')
    return 'Replication is asynchronous: what is committed last is lost when the replica is promoted.'
  if (isActive !== 'ON' || followers === '0')
    return 'Replication has ceased to be semi-synchronous: what is committed now stands on the master alone.'
  return null
}
