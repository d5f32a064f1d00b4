// The waiting room on the embedded store and SQLite.
import { waitingRoomContract } from '../contract/waiting-room.ts'
import { waitingRoomAdministrationContract } from '../contract/waiting-room-administration.ts'
import { waitingRoomAtHandContract } from '../contract/waiting-room-at-hand.ts'
import { waitingRoomInletsContract } from '../contract/waiting-room-inlets.ts'
import { waitingRoomLotteryContract } from '../contract/waiting-room-lottery.ts'
import { waitingRoomOpeningContract } from '../contract/waiting-room-opening.ts'
import { embeddedWaitingRoom } from '../support/embedded-waiting-room.ts'

waitingRoomContract('embedded waiting room', embeddedWaitingRoom)
waitingRoomAdministrationContract('embedded waiting room', embeddedWaitingRoom)
waitingRoomInletsContract('embedded waiting room', embeddedWaitingRoom)
waitingRoomLotteryContract('embedded waiting room', embeddedWaitingRoom)
waitingRoomOpeningContract('embedded waiting room', embeddedWaitingRoom)
waitingRoomAtHandContract('embedded waiting room', embeddedWaitingRoom)
