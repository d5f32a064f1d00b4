// The master's part of the waiting room on SQLite.
import { waitingRoomLedgerContract } from '../contract/waiting-room-ledger.ts'
import { openTemporaryMaster } from '../support/temporary-master.ts'

waitingRoomLedgerContract('waiting room on SQLite', (partitions) => openTemporaryMaster(partitions, Date))
