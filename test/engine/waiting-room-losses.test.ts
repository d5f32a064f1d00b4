// What the waiting room on the embedded store and SQLite keeps when the store is lost.
import { waitingRoomLossContract } from '../contract/waiting-room-losses.ts'
import { embeddedWaitingRoom } from '../support/embedded-waiting-room.ts'

waitingRoomLossContract('embedded waiting room', embeddedWaitingRoom)
