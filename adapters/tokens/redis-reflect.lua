-- Shows a changed policy. ARGV: run, policy version, isPaused, isLottery.
if findRoom() then setPolicy(ARGV[2], ARGV[3], ARGV[4]) end
